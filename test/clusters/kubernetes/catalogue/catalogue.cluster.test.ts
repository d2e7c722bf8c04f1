import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Registry, startRegistry } from '../../../support/registry.ts';
import { startRollouts } from '../rollouts-under-test.ts';
import { catalogue } from './catalogue.ts';
import { manifestOf } from './row.ts';

/** Windows are shortened; that they are kept by default is what `bench/verdict` and the judge's own tests show. */
const shortWindows = {
  // The kubelet tells why in an event, which comes late where much goes on.
  pullUnreachableMs: 20_000,
  configurationMs: 3_000,
  quotaMs: 2_000,
  unschedulableMs: 2_000,
  neverReadyMs: 6_000,
  probeFactor: 0,
};

let open: Registry;
let closed: Registry;

beforeAll(async () => {
  open = await startRegistry();
  closed = await startRegistry({ username: 'node', password: 'let me in' });
});

afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
});

describe('a rollout fails with class, headline and hint, because of', () => {
  test.concurrent.for(catalogue)('$what', async (row) => {
    await using rollouts = await startRollouts(shortWindows);
    await row.prepare?.(rollouts);
    const text = manifestOf(row, { open: open.host, closed: closed.host });

    const verdict = await rollouts.watch(await rollouts.apply(text));

    const headline = new RegExp(row.text.source.replace('NAMESPACE', rollouts.namespace));
    expect(verdict).toMatchObject({
      outcome: row.outcome ?? 'failed',
      diagnosis: {
        headline: expect.stringMatching(headline),
        causes: [{ class: row.class, evidence: row.evidence ?? expect.any(Object) }],
      },
    });
    if (row.hint !== undefined)
      expect(verdict).toMatchObject({ diagnosis: { causes: [{ hint: expect.stringMatching(row.hint) }] } });
  });
});
