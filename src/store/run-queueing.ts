import { sql } from 'kysely';
import type { RunState } from '../domain/outcome.ts';
import type { Db } from './database.ts';
import { hasBegun } from './runs.ts';
import type { MovePlace } from './superseding.ts';

/** A run that has not ended, among the others of its concurrency group. */
export interface OpenRun extends MovePlace {
  id: string;
  number: number;
  state: RunState;
  /** Wants a worker: it is queued, or has waited and may go on. */
  isReady: boolean;
}

/**
 * Until the transaction ends nobody else decides about the group of this run. To be called before any row is locked:
 * whoever decides may end other runs of the group.
 */
export async function lockGroupOf(tx: Db, runId: string): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtextextended('group:' || concurrency_group, 0))
    from run where id = ${runId}`.execute(tx);
}

/** In the order in which they were made. */
export async function openRunsOfGroup(tx: Db, group: string): Promise<OpenRun[]> {
  return tx
    .selectFrom('run')
    .select(['id', 'number', 'state', isReady.as('isReady'), 'repository', 'generation', 'branch', 'move'])
    .where('concurrency_group', '=', group)
    .where('state', '<>', 'ended')
    .orderBy('number')
    .execute();
}

/** Marks a run as begun; one that is taken over keeps the time of its first begin. */
export async function beginRun(tx: Db, runId: string): Promise<void> {
  await tx
    .updateTable('run')
    .set({
      state: 'running',
      reason: null,
      wake_at: null,
      started_at: sql<Date>`coalesce(started_at, clock_timestamp())`,
    })
    .where('id', '=', runId)
    .returning(hasBegun(runId))
    .execute();
}

/** @returns the number of this delivery, or undefined for a run that has ended */
export async function countDelivery(db: Db, runId: string): Promise<number | undefined> {
  const row = await db
    .updateTable('run')
    .set({ deliveries: sql<number>`deliveries + 1`, delivered_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', runId)
    .where('state', '<>', 'ended')
    .returning('deliveries')
    .executeTakeFirst();
  return row?.deliveries;
}

/**
 * Of a delivery that the queue did not take: each one that counts makes the reconciler more patient. Should its job come all
 * the same, the next one of that number is the same job to the queue.
 */
export async function takeBackDelivery(db: Db, runId: string, delivery: number): Promise<void> {
  await db
    .updateTable('run')
    .set({ deliveries: delivery - 1 })
    .where('id', '=', runId)
    .where('deliveries', '=', delivery)
    .execute();
}

/**
 * The runs that may go on next, as far as there is room in their group: the oldest of a fifo group, the newest of
 * another.
 */
export async function nextOfGroup(db: Db, group: string): Promise<string[]> {
  const open = await db
    .selectFrom('run')
    .select([
      'id',
      'state',
      isReady.as('isReady'),
      sql<string>`definition #>> '{concurrency,queue}'`.as('order'),
      limitOf('run').as('limit'),
    ])
    .where('concurrency_group', '=', group)
    .where('state', '<>', 'ended')
    .orderBy('number')
    .execute();
  const newest = open.at(-1);
  const free = (newest?.limit ?? 1) - open.filter(({ state }) => state === 'running').length;
  if (free < 1) return [];
  const ready = open.filter((run) => run.isReady).map(({ id }) => id);
  return newest?.order === 'fifo' ? ready.slice(0, free) : ready.slice(-free);
}

/** Wants a worker, as far as it is up to the run itself. */
const isReady = sql<boolean>`(state = 'queued' or (state = 'waiting' and coalesce(wake_at, '-infinity') <= clock_timestamp()))`;

/** How many runs of its group may work at once, as a run's own pipeline file says. */
function limitOf(table: 'run') {
  return sql<number>`coalesce((${sql.ref(table)}.definition #>> '{concurrency,limit}')::integer, 1)`;
}

/**
 * Open runs that nobody works on, that do not wait for news, that running runs of their group do not hold up, and whose last
 * delivery is older than `patienceMs`. For a run that has not begun it is twice that after each further delivery, up to 16 times: its job may
 * only wait for busy workers.
 */
export async function findAbandonedRuns(
  db: Db,
  wanted: { patienceMs: number; limit: number },
): Promise<string[]> {
  const now = sql<Date>`clock_timestamp()`;
  const patienceMs = sql<number>`${wanted.patienceMs} * (case run.state when 'queued' then least(16, 2 ^ run.deliveries) else 1 end)`;
  const rows = await db
    .selectFrom('run')
    .leftJoin('lease', 'lease.run_id', 'run.id')
    .select('run.id')
    .where('run.state', '<>', 'ended')
    .where(sql<boolean>`(run.state <> 'waiting' or coalesce(run.wake_at, '-infinity') <= clock_timestamp())`)
    .where('run.delivered_at', '<', sql<Date>`clock_timestamp() - ${patienceMs} * interval '1 millisecond'`)
    .where((where) => where.or([where('lease.expires_at', 'is', null), where('lease.expires_at', '<=', now)]))
    .where(
      sql<boolean>`(
        select count(*) from run as other
        where other.concurrency_group = run.concurrency_group and other.id <> run.id and other.state = 'running'
      ) < ${limitOf('run')}`,
    )
    .orderBy('run.created_at')
    .limit(wanted.limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Tells all workers of a run that one of them had the job of, and cannot take. */
export async function offerToOthers(db: Db, runId: string, labels: readonly string[]): Promise<void> {
  const payload = JSON.stringify({ run: runId, what: 'wanted' });
  await db
    .selectFrom('run')
    .select(sql<string>`pg_notify('trunkline_run', ${payload})::text`.as('told'))
    .where('id', '=', runId)
    .where('state', '<>', 'ended')
    .where(sql<boolean>`not runs_on <@ ${labels}::text[]`)
    .execute();
}

/** Keeps who wants a run to end, and tells the worker that has it, when the transaction commits. */
export async function storeCancelWish(
  tx: Db,
  wish: { runId: string; by: string; rollout: 'leave' | 'roll-back' },
): Promise<void> {
  const payload = JSON.stringify({ run: wish.runId, what: 'cancel' });
  await tx
    .updateTable('run')
    .set({
      cancel_requested_at: sql<Date>`clock_timestamp()`,
      cancel_requested_by: wish.by,
      cancel_rollout: wish.rollout,
    })
    .where('id', '=', wish.runId)
    .returning(sql<string>`pg_notify('trunkline_run', ${payload})::text`.as('notified'))
    .execute();
}
