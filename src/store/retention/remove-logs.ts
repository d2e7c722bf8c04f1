import { sql } from 'kysely';
import type { Retention } from '../../domain/retention.ts';
import type { Db } from '../database.ts';
import { isNeeded, isOld } from './kept-runs.ts';

const batchSize = 50;
/** Who reads or writes logs is not held up for longer: a partition that is in use goes the next time. */
const lockWithinMs = 2_000;
const dayMs = 24 * 60 * 60 * 1_000;

export interface LogsRemoved {
  runs: number;
  /** Whole days. */
  partitions: number;
}

/**
 * Removes the logs that have had their time, day by day: where no other log of a past day stays its partition is
 * dropped, else they are deleted run by run. Notes with each run when its log went. Goes on where an earlier call was cut off.
 */
export async function removeOldLogs(db: Db, retention: Retention, signal: AbortSignal): Promise<LogsRemoved> {
  const removed: LogsRemoved = { runs: 0, partitions: 0 };
  for (const partition of await oldPartitions(db, retention.logs.keepMs)) {
    signal.throwIfAborted();
    const runIds = await oldRunsOf(db, partition.day, retention);
    removed.runs += runIds.length;
    // Somebody may still begin to write into a new one.
    if (!partition.isPast || (await hasOthers(db, partition.day, runIds))) {
      await deleteInBatches(db, { day: partition.day, runIds }, signal);
    } else {
      for (const batch of batchesOf(runIds)) await noteRemoved(db, batch);
      await dropPartition(db, partition.name);
      removed.partitions += 1;
    }
  }
  return removed;
}

interface Partition {
  name: string;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  /** It is before yesterday. */
  isPast: boolean;
}

/** Whatever was made on a later day cannot have ended before the time that is kept. */
async function oldPartitions(db: Db, keepMs: number): Promise<Partition[]> {
  // Materialized: else the day may be read out of the name of any relation at all, and most have none.
  const { rows } = await sql<Partition>`
    with found as materialized (
      select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = 'log_chunk'::regclass)
    select name, to_char(day, 'YYYY-MM-DD') as day,
      day < (now() at time zone 'UTC')::date - 1 as "isPast"
    from (select name, to_date(right(name, 8), 'YYYYMMDD') as day from found) as partition
    where day <= ((now() - ${keepMs} * interval '1 millisecond') at time zone 'UTC')::date
    order by day`.execute(db);
  return rows;
}

/** The runs of a day whose logs are still there. */
function withLogs(db: Db, day: string) {
  return db
    .selectFrom('run')
    .select('id')
    .where('created_at', '>=', new Date(`${day}T00:00:00Z`))
    .where('created_at', '<', new Date(Date.parse(day) + dayMs))
    .where('log_removed_at', 'is', null);
}

async function oldRunsOf(db: Db, day: string, { logs, rollbacks }: Retention): Promise<string[]> {
  const rows = await withLogs(db, day)
    .where(isOld(logs))
    .where(sql<boolean>`not ${isNeeded(rollbacks)}`)
    .execute();
  return rows.map(({ id }) => id);
}

async function hasOthers(db: Db, day: string, runIds: string[]): Promise<boolean> {
  const row = await withLogs(db, day)
    .where(sql<boolean>`not (id = any (${runIds}))`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function deleteInBatches(
  db: Db,
  { day, runIds }: { day: string; runIds: string[] },
  signal: AbortSignal,
): Promise<void> {
  for (const batch of batchesOf(runIds)) {
    signal.throwIfAborted();
    await db.transaction().execute(async (tx) => {
      await deleteLogs(tx, { day, runIds: batch });
      await noteRemoved(tx, batch);
    });
  }
}

function batchesOf(runIds: string[]): string[][] {
  const count = Math.ceil(runIds.length / batchSize);
  return Array.from({ length: count }, (_, index) =>
    runIds.slice(index * batchSize, (index + 1) * batchSize),
  );
}

/** @param wish runs that were made on this day */
export async function deleteLogs(db: Db, wish: { day: string; runIds: string[] }): Promise<void> {
  await db
    .deleteFrom('log_chunk')
    .where('day', '=', wish.day)
    .where(sql<boolean>`run_id = any (${wish.runIds})`)
    .execute();
}

async function noteRemoved(db: Db, runIds: string[]): Promise<void> {
  await db
    .updateTable('run')
    .set({ log_removed_at: sql<Date>`now()` })
    .where(sql<boolean>`id = any (${runIds})`)
    .execute();
}

async function dropPartition(db: Db, name: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select set_config('lock_timeout', ${String(lockWithinMs)}, true)`.execute(tx);
    await sql`drop table if exists ${sql.table(name)}`.execute(tx);
  });
}
