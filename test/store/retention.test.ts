import { sql } from 'kysely';
import pino from 'pino';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { listWorkers } from '../../src/store/list-workers.ts';
import { dayOf } from '../../src/store/log-partitions.ts';
import { keepRetention } from '../../src/store/retention/keep-retention.ts';
import { removeOldEvents } from '../../src/store/retention/remove-events.ts';
import { removeOldLogs } from '../../src/store/retention/remove-logs.ts';
import { removeOldRuns } from '../../src/store/retention/remove-runs.ts';
import { announceWorker } from '../../src/store/workers.ts';
import { waitFor } from '../support/wait-for.ts';
import { logsOf, runsOf, startTested } from './old-runs.ts';

const dayMs = 24 * 60 * 60_000;
const never = new AbortController().signal;
const retention = {
  logs: { keepMs: 30 * dayMs, newest: 2 },
  runs: { keepMs: 300 * dayMs, newest: 3 },
  events: { keepMs: 90 * dayMs },
  changes: { keepMs: 365 * dayMs },
  audit: { keepMs: 900 * dayMs },
  rollbacks: 1,
};

test('logs go by age, but not those of the newest runs; a day of which nothing stays goes as a whole', async () => {
  await using tested = await startTested();
  const { db, add } = tested;
  for (const daysAgo of [100, 90, 80, 70, 60]) await add({ daysAgo });
  await add({ daysAgo: 100, pipeline: 'other' });
  await add({ daysAgo: 90, state: 'running', pipeline: 'third' });

  const first = await removeOldLogs(db, retention, never);
  const second = await removeOldLogs(db, retention, never);

  // Of day 100 the log of `other` stays, of day 90 that of a run that goes on; day 80 has nothing else.
  expect(first).toEqual({ runs: 3, partitions: 1 });
  expect(second).toEqual({ runs: 0, partitions: 0 });
  expect(await logsOf(db)).toEqual(['cart#4', 'cart#5', 'other#1', 'third#1']);
  const marked = await db
    .selectFrom('run')
    .select('number')
    .where('log_removed_at', 'is not', null)
    .execute();
  expect(marked.map(({ number }) => number).toSorted()).toEqual([1, 2, 3]);
});

test('what runs now, what a rollback may go back to and the last success stay with their logs', async () => {
  await using tested = await startTested();
  const { db, add } = tested;
  for (const daysAgo of [500, 490, 480, 470]) await add({ daysAgo, deploys: 'succeeded' });
  await add({ daysAgo: 460, deploys: 'failed' });
  for (let index = 0; index < 4; index += 1) await add({ daysAgo: 450, outcome: 'failed' });

  const removed = await removeOldRuns(db, retention, never);
  await removeOldLogs(db, retention, never);

  expect(removed).toBe(3);
  expect(await runsOf(db)).toEqual(['cart#3', 'cart#4', 'cart#5', 'cart#7', 'cart#8', 'cart#9']);
  expect(await logsOf(db)).toEqual(['cart#3', 'cart#4', 'cart#5', 'cart#8', 'cart#9']);
});

test('runs that others build on stay: the images of a promotion, a finished job, an event that may be replayed', async () => {
  await using tested = await startTested();
  const { db, add, storeOldEvent } = tested;
  const promoted = await add({ daysAgo: 500, outcome: 'failed' });
  await add({
    daysAgo: 499,
    trigger: 'promotion',
    outcome: 'failed',
    definition: { promotes: { runId: promoted }, steps: [] },
  });
  const restored = await add({ daysAgo: 498, deploys: 'succeeded' });
  for (const daysAgo of [497, 496, 495]) await add({ daysAgo, deploys: 'succeeded' });
  await add({
    daysAgo: 494,
    trigger: 'rollback',
    definition: { steps: [{ restore: { deployId: `deploy of ${restored}` } }] },
  });
  await add({ daysAgo: 493, job: 'migrate r7', outcome: 'failed' });
  await add({ daysAgo: 492, eventId: await storeOldEvent(10), outcome: 'failed' });
  for (let index = 0; index < 3; index += 1) await add({ daysAgo: 400 });

  await removeOldRuns(db, retention, never);

  // The promotion itself has had its time; what it has promoted goes with the next look.
  const kept = ['cart#1', 'cart#10', 'cart#11', 'cart#12', 'cart#3', 'cart#5', 'cart#6', 'cart#8', 'cart#9'];
  expect(await runsOf(db)).toEqual(kept);
  await removeOldRuns(db, retention, never);
  expect(await runsOf(db)).toEqual(kept.filter((name) => !['cart#1', 'cart#3'].includes(name)));
});

test('of the runs that have finished the same job the newest stays, and the last one that is irreversible', async () => {
  await using tested = await startTested();
  const { db, add } = tested;
  await add({ daysAgo: 500, job: 'migrate r7', isIrreversible: true, outcome: 'failed' });
  await add({ daysAgo: 499, job: 'migrate r7', outcome: 'failed' });
  await add({ daysAgo: 498, job: 'migrate r7', outcome: 'failed' });
  for (let index = 0; index < 3; index += 1) await add({ daysAgo: 400 });

  await removeOldRuns(db, retention, never);

  expect(await runsOf(db)).toEqual(['cart#1', 'cart#3', 'cart#4', 'cart#5', 'cart#6']);
});

test('the partition of today stays, however short logs are kept, and every removal is told', async () => {
  await using tested = await startTested();
  const { db, add } = tested;
  await add({ daysAgo: 50, outcome: 'failed' });
  await add({ daysAgo: 0, outcome: 'failed' });
  const told: unknown[] = [];
  const logger = pino({}, { write: (line: string) => told.push(JSON.parse(line)) });

  await using _kept = keepRetention(
    db,
    { ...retention, logs: { keepMs: 0, newest: 0 }, rollbacks: 0 },
    logger,
  );

  await waitFor(async () => told.length > 0, { what: 'the removal to be told' });
  expect(told).toMatchObject([{ level: 30, removed: { runs: 2, partitions: 1 }, rule: { keepMs: 0 } }]);
  const name = `log_chunk_${dayOf(new Date()).replaceAll('-', '')}`;
  const { rows } = await sql`select from pg_class where relname = ${name}`.execute(db);
  expect(rows).toHaveLength(1);
});

test('events go by age, but not before the run that came of them', async () => {
  await using tested = await startTested();
  const { db, add, storeOldEvent } = tested;
  await storeOldEvent(100);
  await storeOldEvent(100, 'received');
  await storeOldEvent(80);
  await add({ daysAgo: 100, eventId: await storeOldEvent(100) });

  expect(await removeOldEvents(db, retention.events.keepMs, never)).toBe(1);

  const states = await db.selectFrom('event').select('state').execute();
  expect(states.map(({ state }) => state).toSorted()).toEqual(['handled', 'handled', 'received']);
});

test('the days of logs are read however the database plans to', async () => {
  await using tested = await startTested();
  await tested.add({ daysAgo: 100 });
  // Then it looks at the names of all relations, as it does by itself where there are many partitions.
  const url = Object.assign(new URL(tested.url), { search: '?options=-c enable_nestloop=off' });
  await using store = openDatabase({ url: url.href, applicationName: 'test' });

  const removed = await removeOldLogs(
    store.db,
    { ...retention, rollbacks: 0, logs: { keepMs: 0, newest: 0 } },
    never,
  );

  expect(removed.partitions).toBe(0);
  expect(await logsOf(tested.db)).toEqual(['cart#1']);
});

test('two servers that look at the same time remove each run once, in batches, its rows everywhere with it', async () => {
  await using tested = await startTested();
  const { db } = tested;
  await addThousand(tested);

  const removed = await Promise.all([
    removeOldRuns(db, retention, never),
    removeOldRuns(db, retention, never),
  ]);

  expect(removed.reduce((sum, count) => sum + count)).toBe(997);
  expect(await runsOf(db)).toEqual(['cart#1000', 'cart#998', 'cart#999']);
  const { steps } = await db
    .selectFrom('step')
    .select((the) => the.fn.countAll<string>().as('steps'))
    .executeTakeFirstOrThrow();
  expect(Number(steps)).toBe(3);
});

test('the audit goes by age, and a worker that has said nothing for a month is forgotten', async () => {
  await using tested = await startTested();
  const { db } = tested;
  await sql`
    insert into audit (at, who, action, target, detail)
    select now() - (1299.5 - n) * interval '1 day', 'ann', 'run.cancel', n::text, '{}'
    from generate_series(0, 1299) as n`.execute(db);
  for (const [id, daysAgo] of [
    ['gone', 31],
    ['here', 1],
  ] as const) {
    await announceWorker(db, { id, host: 'one', pid: 1, version: '1', concurrency: 1, labels: [] });
    await sql`update worker set seen_at = now() - ${daysAgo} * interval '1 day' where id = ${id}`.execute(db);
  }

  await using _kept = keepRetention(db, retention, pino({ level: 'silent' }));

  await waitFor(async () => (await listWorkers(db)).length === 1, { what: 'the worker to be forgotten' });
  expect((await listWorkers(db)).map(({ id }) => id)).toEqual(['here']);
  const left = await db.selectFrom('audit').select('target').orderBy('id').execute();
  expect(left.map(({ target }) => target)).toEqual(Array.from({ length: 900 }, (_, n) => `${n + 400}`));
});

async function addThousand({ db, add }: Awaited<ReturnType<typeof startTested>>): Promise<void> {
  const runId = await add({ daysAgo: 400, outcome: 'failed' });
  await sql`
    insert into run (id, number, pipeline, pipeline_source, definition, repository, generation, branch, move, revision,
      message, trigger, requested_by, parameters, concurrency_group, state, outcome, created_at, ended_at, told)
    select 'run ' || n, n, pipeline, '', definition, repository, 1, branch, n, n::text, '', 'api', 'ann', '{}', 'all',
      'ended', 'failed', created_at, ended_at, told
    from run, generate_series(2, 1000) as n where id = ${runId}`.execute(db);
  await sql`insert into step (run_id, id, position, kind) select id, 'unit', 1, 'run' from run`.execute(db);
}
