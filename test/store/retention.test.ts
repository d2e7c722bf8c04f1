import { sql } from 'kysely';
import pino from 'pino';
import { expect, test } from 'vitest';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { dayOf, ensureLogPartition } from '../../src/store/log-partitions.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { keepRetention } from '../../src/store/retention/keep-retention.ts';
import { removeOldLogs } from '../../src/store/retention/remove-logs.ts';
import { removeOldEvents, removeOldRuns } from '../../src/store/retention/remove-runs.ts';
import { startPostgres } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

const dayMs = 24 * 60 * 60_000;
const never = new AbortController().signal;
const retention = {
  logs: { keepMs: 30 * dayMs, newest: 2 },
  runs: { keepMs: 300 * dayMs, newest: 3 },
  events: { keepMs: 90 * dayMs },
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
  await add({ daysAgo: 499, outcome: 'failed', definition: { promotes: { runId: promoted }, steps: [] } });
  const restored = await add({ daysAgo: 498, deploys: 'succeeded' });
  for (const daysAgo of [497, 496, 495]) await add({ daysAgo, deploys: 'succeeded' });
  await add({ daysAgo: 494, definition: { steps: [{ restore: { deployId: `deploy of ${restored}` } }] } });
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

test('thousands of runs are removed in batches, their rows everywhere with them', async () => {
  await using tested = await startTested();
  const { db, add } = tested;
  const runId = await add({ daysAgo: 400, outcome: 'failed' });
  await sql`
    insert into run (id, number, pipeline, pipeline_source, definition, repository, generation, branch, move, revision,
      message, trigger, requested_by, parameters, concurrency_group, state, outcome, created_at, ended_at, told)
    select 'run ' || n, n, pipeline, '', definition, repository, 1, branch, n, n::text, '', 'api', 'ann', '{}', 'all',
      'ended', 'failed', created_at, ended_at, told
    from run, generate_series(2, 1000) as n where id = ${runId}`.execute(db);
  await sql`insert into step (run_id, id, position, kind) select id, 'unit', 1, 'run' from run`.execute(db);

  await using _kept = keepRetention(db, retention, pino({ level: 'silent' }));

  await waitFor(async () => (await runsOf(db)).length === 3, { what: 'three runs to be left' });
  expect(await runsOf(db)).toEqual(['cart#1000', 'cart#998', 'cart#999']);
  const { steps } = await db
    .selectFrom('step')
    .select((the) => the.fn.countAll<string>().as('steps'))
    .executeTakeFirstOrThrow();
  expect(Number(steps)).toBe(3);
});

interface OldRun {
  daysAgo: number;
  pipeline?: string;
  state?: 'running';
  outcome?: 'failed';
  deploys?: 'succeeded' | 'failed';
  definition?: object;
  job?: string;
  eventId?: string;
}

async function startTested() {
  const postgres = await startPostgres();
  await migrateDatabase({ url: postgres.url });
  const store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const { db } = store;
  let events = 0;
  return {
    db,
    add: (run: OldRun) => addRun(db, run),
    async storeOldEvent(daysAgo: number, state: 'handled' | 'received' = 'handled'): Promise<string> {
      events += 1;
      const event = { id: `event ${events}`, source: 'api', headers: '{}', body: '{}', state } as const;
      const rest = { repository: 'shop', delivery_key: null, remote: null, payload: null, revision: null };
      await db
        .insertInto('event')
        .values({ ...event, ...rest, received_at: ago(daysAgo), retry_at: null })
        .execute();
      return event.id;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** With a log of one chunk, and whatever else is asked for. */
async function addRun(db: Db, run: OldRun): Promise<string> {
  const at = ago(run.daysAgo);
  const pipeline = run.pipeline ?? 'cart';
  const { last } = await db
    .selectFrom('run')
    .select((the) => the.fn.max('number').as('last'))
    .where('pipeline', '=', pipeline)
    .executeTakeFirstOrThrow();
  const number = (last ?? 0) + 1;
  const id = `${pipeline}-${number}`;
  const end = { state: 'ended', outcome: run.outcome ?? 'succeeded', ended_at: at } as const;
  await db
    .insertInto('run')
    .values({
      ...{ id, number, pipeline, pipeline_source: '', repository: 'shop', generation: 1, branch: 'trunk' },
      ...{
        move: number,
        revision: String(number),
        author: null,
        message: '',
        identity: null,
        trigger: 'api',
      },
      ...{ requested_by: 'ann', parameters: '{}', concurrency_group: 'all', created_at: at },
      definition: JSON.stringify(run.definition ?? { steps: [] }),
      event_id: run.eventId ?? null,
      ...(run.state === 'running' ? { state: 'running' } : end),
    })
    .execute();
  const day = dayOf(at);
  await ensureLogPartition(db, day);
  await db
    .insertInto('log_chunk')
    .values({ day, run_id: id, seq: 1, step_id: 'unit', at, text: 'x' })
    .execute();
  if (run.job !== undefined) await addJob(db, id, run.job);
  if (run.deploys !== undefined) await addDeployment(db, { id, at, outcome: run.deploys });
  return id;
}

async function addJob(db: Db, runId: string, content: string): Promise<void> {
  const end = { state: 'ended', outcome: 'succeeded', output: JSON.stringify({ content }) } as const;
  await db
    .insertInto('step')
    .values({ run_id: runId, id: 'migrate', position: 0, kind: 'job', ...end })
    .execute();
}

async function addDeployment(
  db: Db,
  run: { id: string; at: Date; outcome: 'succeeded' | 'failed' },
): Promise<void> {
  await db
    .insertInto('deployment')
    .values({
      ...{ id: `deployment of ${run.id}`, run_id: run.id, step_id: 'live', environment: 'production' },
      ...{ target: 'cluster/shop/deployment/cart', deploy_id: `deploy of ${run.id}`, repository: 'shop' },
      ...{ branch: 'trunk', move: 1, revision: '1', state: 'ended', outcome: run.outcome, images: '{}' },
      ...{ manifests: '[]', started_at: run.at, ended_at: run.at },
    })
    .execute();
}

function ago(days: number): Date {
  return new Date(Date.now() - days * dayMs);
}

async function runsOf(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('run').select(['pipeline', 'number']).execute();
  return rows.map(({ pipeline, number }) => `${pipeline}#${number}`).toSorted();
}

async function logsOf(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('log_chunk').select('run_id').execute();
  return rows.map(({ run_id }) => run_id.replace('-', '#')).toSorted();
}
