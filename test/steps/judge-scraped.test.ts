import { expect, test } from 'vitest';
import type { Gate, GateVerdict } from '../../src/domain/gate.ts';
import { judgeScraped } from '../../src/steps/deploy/judge-scraped.ts';
import type { ScrapeLook } from '../../src/steps/deploy/scraped.ts';

const gate: Gate = {
  ...{ name: 'errors', query: 'max(errors{pod=~"$pods"})', min: null, max: 1, failures: 1 },
  ...{ everyMs: 1_000, delayMs: 0, patienceMs: 0 },
};
const complete: ScrapeLook = { state: 'complete' };
const unknown: ScrapeLook = { state: 'unknown' };
const missing: ScrapeLook = { state: 'missing', text: 'Prometheus scrapes 1 of 2', isOnItsWay: true };
const held: GateVerdict = { state: 'no-data', text: 'gate errors: no data: Prometheus scrapes 1 of 2' };
const verdictOf = (state: GateVerdict['state'], text: string = state): GateVerdict => ({ state, text });

/** Judges with what is seen, and then said, in turn. */
async function judged(looks: ScrapeLook[], verdicts: GateVerdict[], changes: Partial<Gate> = {}) {
  const next = <T>(all: T[]): T => {
    const one = all.shift();
    if (one === undefined) throw new Error('asked too often');
    return one;
  };
  const verdict = await judgeScraped(
    { ...gate, ...changes },
    async () => next(looks),
    async () => next(verdicts),
  );
  return { verdict, unused: looks.length + verdicts.length };
}

test.for<[string, ScrapeLook[], GateVerdict[], GateVerdict]>([
  ['all are scraped: it counts', [complete], [verdictOf('fail')], verdictOf('fail')],
  ['some are not: nobody asks', [missing], [], held],
  ['nothing is known of that: it counts', [unknown, unknown], [verdictOf('pass')], verdictOf('pass')],
  ['nothing is known, and it has no data', [unknown], [verdictOf('no-data')], verdictOf('no-data')],
  ['the first of them came in between', [unknown, missing], [verdictOf('pass')], held],
  [
    'all of them came in between: it is asked again',
    [unknown, complete],
    [verdictOf('pass'), verdictOf('fail')],
    verdictOf('fail'),
  ],
])('%s', async ([, looks, verdicts, expected]) => {
  expect(await judged([...looks], [...verdicts])).toEqual({ verdict: expected, unused: 0 });
});

test('a gate that is not about pods waits for none', async () => {
  const { verdict } = await judged([], [verdictOf('pass')], { query: 'max(errors)' });

  expect(verdict).toEqual(verdictOf('pass'));
});
