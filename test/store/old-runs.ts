import { type Db, openDatabase } from '../../src/store/database.ts';
import { dayOf, ensureLogPartition } from '../../src/store/log-partitions.ts';
import { startDatabase } from '../support/postgres.ts';

const dayMs = 24 * 60 * 60_000;

export interface OldRun {
  daysAgo: number;
  pipeline?: string;
  state?: 'running';
  outcome?: 'failed';
  deploys?: 'succeeded' | 'failed';
  definition?: object;
  trigger?: 'promotion' | 'rollback';
  job?: string;
  isIrreversible?: true;
  eventId?: string;
}

/** A database of old runs, and what puts them in. */
export async function startTested() {
  const postgres = await startDatabase();
  const store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const { db } = store;
  let events = 0;
  return {
    url: postgres.url,
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
        trigger: run.trigger ?? 'api',
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
  if (run.job !== undefined)
    await addJob(db, { runId: id, at, content: run.job, isIrreversible: run.isIrreversible ?? false });
  if (run.deploys !== undefined) await addDeployment(db, { id, at, outcome: run.deploys });
  return id;
}

async function addJob(
  db: Db,
  {
    runId,
    at,
    content,
    isIrreversible,
  }: { runId: string; at: Date; content: string; isIrreversible: boolean },
): Promise<void> {
  const output = JSON.stringify({
    content,
    environment: 'live',
    ...(isIrreversible && { irreversible: true }),
  });
  const end = { state: 'ended', outcome: 'succeeded', ended_at: at, output } as const;
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

export async function runsOf(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('run').select(['pipeline', 'number']).execute();
  return rows.map(({ pipeline, number }) => `${pipeline}#${number}`).toSorted();
}

export async function logsOf(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('log_chunk').select('run_id').execute();
  return rows.map(({ run_id }) => run_id.replace('-', '#')).toSorted();
}
