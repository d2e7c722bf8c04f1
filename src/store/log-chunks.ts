import { sql } from 'kysely';
import type { Channel } from './channels.ts';
import { encodeRunNotice } from './channels.ts';
import type { Db } from './database.ts';
import { confirmLease, type Lease, whileHeld } from './leases.ts';
import { dayOf, ensureLogPartition } from './log-partitions.ts';
import { sqlStateOf } from './sql-state.ts';

/** A piece of a run's log; `seq` rises within the run. */
export interface LogChunk {
  seq: number;
  stepId: string;
  at: Date;
  text: string;
}

/** The partition key of a run's log: the UTC day on which the run was made. Undefined for an unknown run. */
export async function logDayOf(db: Db, runId: string): Promise<string | undefined> {
  const run = await db.selectFrom('run').select('created_at').where('id', '=', runId).executeTakeFirst();
  return run && dayOf(run.created_at);
}

/** The `seq` of the last chunk, 0 for none. Final when asked by the holder of the lease. */
export async function lastLogSeq(db: Db, key: { runId: string; day: string }): Promise<number> {
  const { last } = await db
    .selectFrom('log_chunk')
    .select((expression) => expression.fn.max('seq').as('last'))
    .where('run_id', '=', key.runId)
    .where('day', '=', key.day)
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

/**
 * Stores chunks while the lease is held, and tells the run's readers. Safe to repeat with the same chunks.
 * @throws Fault `lease-lost`
 */
export async function insertLogChunks(
  db: Db,
  lease: Lease,
  log: { day: string; chunks: LogChunk[] },
): Promise<void> {
  const stored = await withLogPartition(db, log.day, () => insertWhileHeld(db, lease, log));
  if (stored === 0) await confirmLease(db, lease);
}

/** Repeats a statement that stores log where the day's partition was not there yet. */
export async function withLogPartition<T>(db: Db, day: string, store: () => Promise<T>): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (sqlStateOf(error) !== noPartition) throw error;
    await ensureLogPartition(db, day);
    return store();
  }
}

/** A row without a partition violates the check of all of them. */
const noPartition = '23514';

async function insertWhileHeld(db: Db, lease: Lease, { day, chunks }: { day: string; chunks: LogChunk[] }) {
  const columns = sql<{ seq: number; step_id: string; at: Date; text: string }>`unnest(
    ${chunks.map((chunk) => chunk.seq)}::bigint[], ${chunks.map((chunk) => chunk.stepId)}::text[],
    ${chunks.map((chunk) => chunk.at.toISOString())}::timestamptz[], ${chunks.map((chunk) => chunk.text)}::text[])`;
  const channel: Channel = 'trunkline_run';
  const notice = encodeRunNotice({ run: lease.runId, what: 'log' });
  const rows = await whileHeld(db, lease)
    .insertInto('log_chunk')
    .columns(['day', 'run_id', 'seq', 'step_id', 'at', 'text'])
    .expression((query) =>
      query
        .selectFrom(['held', columns.as<'chunk'>(sql`chunk(seq, step_id, at, text)`)])
        .select([sql<string>`${day}::date`.as('day'), 'held.held_run_id as run_id'])
        .select(['chunk.seq', 'chunk.step_id', 'chunk.at', 'chunk.text']),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(sql`pg_notify(${channel}, ${notice})`.as('told'))
    .execute();
  return rows.length;
}
