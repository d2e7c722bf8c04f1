import { expect, test } from 'vitest';
import { insertChanges, insertDecisions, type NewDecision } from '../../src/store/changes.ts';
import type { Db } from '../../src/store/database.ts';
import { removeOldChanges } from '../../src/store/retention/remove-changes.ts';
import { startTested } from './old-runs.ts';

const dayMs = 24 * 60 * 60_000;
const never = new AbortController().signal;
const retention = { changes: { keepMs: 365 * dayMs }, events: { keepMs: 90 * dayMs } };

interface OldChange {
  id: string;
  move: number;
  branch?: string;
  daysAgo?: number;
  request?: number;
  happened?: 'created' | 'deleted';
  eventId?: string;
  decision?: Partial<NewDecision>;
}

async function add(db: Db, change: OldChange): Promise<void> {
  const { id, move, branch = 'trunk', daysAgo = 500, request, happened, eventId = null, decision } = change;
  const place = { repository: 'shop', generation: 1, branch, move, revision: String(move) };
  const about = { author: null, committedAt: null, message: '', paths: [], pathCount: 0, eventId };
  const merge = request === undefined ? {} : { request: { number: request, source: branch, target: 'main' } };
  await insertChanges(db, [{ id, ...place, ...about, ...merge, ...(happened && { happened }) }]);
  const at = new Date(Date.now() - daysAgo * dayMs);
  await db.updateTable('change').set({ created_at: at }).where('id', '=', id).execute();
  const verdict: NewDecision = {
    change_id: id,
    pipeline: 'cart',
    verdict: 'skip',
    filters: [],
    run_id: null,
  };
  await insertDecisions(db, [{ ...verdict, ...decision }]);
}

async function left(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('change').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

test('what was seen of commits goes by age, with why nothing ran; not what a run stands for or is still to run', async () => {
  await using tested = await startTested();
  const { db } = tested;
  const run = await tested.add({ daysAgo: 500 });
  await add(db, { id: 'a old', move: 1 });
  await add(db, { id: 'b run', move: 2, decision: { verdict: 'run', run_id: run } });
  await add(db, { id: 'c stood for', move: 3, decision: { collapsed_into: run } });
  await add(db, { id: 'd waits', move: 4, decision: { verdict: 'wait', wait_ms: 1 } });
  await add(db, { id: 'e explained', move: 5, eventId: await tested.storeOldEvent(80) });
  await add(db, { id: 'f young', move: 6, daysAgo: 300 });
  await add(db, { id: 'g newest', move: 7 });

  const removed = await removeOldChanges(db, retention, never);
  const again = await removeOldChanges(db, retention, never);

  expect([removed, again]).toEqual([1, 0]);
  expect((await left(db)).map((id) => id[0])).toEqual(['b', 'c', 'd', 'e', 'f', 'g']);
  expect(await db.selectFrom('decision').select('change_id').execute()).toHaveLength(6);
});

test('of each branch there stay the newest move and when it was made, of each open merge request its newest commit', async () => {
  await using tested = await startTested();
  const { db } = tested;
  await add(db, { id: 'a first birth', branch: 'x', move: 1, happened: 'created' });
  await add(db, { id: 'b death', branch: 'x', move: 2, happened: 'deleted' });
  await add(db, { id: 'c birth', branch: 'x', move: 3, happened: 'created' });
  await add(db, { id: 'd between', branch: 'x', move: 4 });
  await add(db, { id: 'e newest', branch: 'x', move: 5 });
  await add(db, { id: 'f first of the request', branch: 'x', move: 4, request: 7, daysAgo: 501 });
  await add(db, { id: 'g newest of the request', branch: 'x', move: 5, request: 7 });
  await add(db, { id: 'h merged', branch: 'y', move: 1, request: 8 });
  await add(db, { id: 'i gone', branch: 'y', move: 2, happened: 'deleted' });

  await removeOldChanges(db, retention, never);

  expect((await left(db)).map((id) => id[0])).toEqual(['c', 'e', 'g', 'i']);
});
