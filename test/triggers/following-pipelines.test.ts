import { expect, test } from 'vitest';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { PipelineTrigger } from '../../src/domain/triggers.ts';
import { createRun, type RunRequest } from '../../src/runs/create-run.ts';
import { encodeRunNotice } from '../../src/store/channels.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { type StartedBy, startedBy, startedPipeline } from './starter-under-test.ts';

const base = startedPipeline('base', {});

function after(name: string, trigger: Partial<PipelineTrigger> = {}): CatalogueEntry {
  return startedPipeline(name, { pipeline: { name: 'base', on: 'succeeded', branches: ['**'], ...trigger } });
}

/** A run of `base` that has ended so. */
async function ended(
  { db }: StartedBy,
  outcome: Outcome,
  changes: Partial<Pick<RunRequest, 'branch' | 'trigger' | 'told'>> = {},
): Promise<string> {
  const { runId } = await createRun(db, {
    ...{ pipeline: base, repository: 'shop', generation: 1, branch: 'trunk', move: 7, revision: '7' },
    ...{ author: 'alice', committedAt: null, message: 'a better base', identity: null, trigger: 'commit' },
    ...{ requestedBy: 'alice', parameters: {}, eventId: null },
    ...changes,
  });
  await db
    .updateTable('run')
    .set({ state: 'ended', outcome, ended_at: new Date() })
    .where('id', '=', runId)
    .execute();
  return runId;
}

test('a pipeline runs once after each run of another, of the same revision, and names that run as its cause', async () => {
  await using shop = await startedBy([base, after('cart'), after('web')]);
  const upstream = await ended(shop, 'succeeded');

  await Promise.all([shop.start(), shop.start()]);

  expect((await shop.runs(3)).toSorted()).toEqual([
    'base trunk r7 commit',
    'cart trunk r7 pipeline',
    'web trunk r7 pipeline',
  ]);
  const cart = await shop.db
    .selectFrom('run')
    .selectAll()
    .where('pipeline', '=', 'cart')
    .executeTakeFirstOrThrow();
  expect(cart).toMatchObject({
    upstream_id: upstream,
    requested_by: 'base #1',
    move: 7,
    author: 'alice',
    message: 'a better base',
  });
});

test('what runs after a run of a merge request is of that merge request and its makers too', async () => {
  await using shop = await startedBy([base, after('cart')]);
  const request = { number: 7, source: 'topic', target: 'main' };
  await ended(shop, 'succeeded', { branch: 'topic', trigger: 'merge-request', told: { request } });

  await shop.start();

  expect(await shop.runs(2)).toContain('cart topic r7 pipeline');
  const cart = await shop.db
    .selectFrom('run')
    .select('told')
    .where('pipeline', '=', 'cart')
    .executeTakeFirstOrThrow();
  expect(cart.told).toMatchObject({ request, authors: ['alice'], requesters: ['alice'] });
});

test('how the other run ended and its branch decide, and neither a superseded run nor a rollback counts', async () => {
  await using shop = await startedBy([
    base,
    after('cart', { branches: ['trunk'] }),
    after('cleanup', { on: 'failed' }),
    after('report', { on: 'ended', branches: ['branches/*'] }),
  ]);
  await ended(shop, 'failed');
  await ended(shop, 'cancelled');
  await ended(shop, 'superseded', { branch: 'branches/one' });
  await ended(shop, 'succeeded', { branch: 'branches/one' });
  await ended(shop, 'succeeded', { trigger: 'rollback' });

  await shop.start();

  const runs = await shop.runs(7);
  expect(runs.filter((run) => run.endsWith(' pipeline')).toSorted()).toEqual([
    'cleanup trunk r7 pipeline',
    'report branches/one r7 pipeline',
  ]);
});

test('a run that ends while servers look is followed at once', async () => {
  await using shop = await startedBy([base, after('cart')]);
  await shop.start();

  const run = await ended(shop, 'succeeded');
  const endedAt = performance.now();
  await shop.triggers.store.notify('trunkline_run', encodeRunNotice({ run, what: 'state' }));

  expect((await shop.runs(2)).at(-1)).toBe('cart trunk r7 pipeline');
  // Untold it would be seen at the next look, after 15 s.
  expect(performance.now() - endedAt).toBeLessThan(14_000);
});
