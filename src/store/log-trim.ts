import { sql } from 'kysely';
import type { Db } from './database.ts';
import { type Lease, whileHeld } from './leases.ts';

/**
 * Deletes the oldest chunks of a run's log, so that about `keepBytes` of it stay, and says so where they were. Numbers
 * stay as they are, so readers go on behind the last one they have seen. Does nothing once the lease is lost.
 * @returns the size of what is left, in bytes
 */
export async function trimLog(
  db: Db,
  lease: Lease,
  { day, keepBytes }: { day: string; keepBytes: number },
): Promise<number> {
  const cut = await lastToGo(db, { runId: lease.runId, day, keepBytes });
  if (cut !== undefined) {
    await whileHeld(db, lease)
      .deleteFrom('log_chunk')
      .using('held')
      .whereRef('log_chunk.run_id', '=', 'held.held_run_id')
      .where('log_chunk.day', '=', day)
      .where('log_chunk.seq', '<', cut)
      .execute();
    await whileHeld(db, lease)
      .updateTable('log_chunk')
      .from('held')
      .set({
        text: `[Trunkline left out the beginning: of a run's log it keeps about ${inMebibytes(keepBytes)}]\n`,
      })
      .whereRef('log_chunk.run_id', '=', 'held.held_run_id')
      .where('log_chunk.day', '=', day)
      .where('log_chunk.seq', '=', cut)
      .execute();
  }
  return logBytesOf(db, { runId: lease.runId, day });
}

export async function logBytesOf(db: Db, { runId, day }: { runId: string; day: string }): Promise<number> {
  const { bytes } = await db
    .selectFrom('log_chunk')
    .select(sql<number>`coalesce(sum(octet_length(text)), 0)::float8`.as('bytes'))
    .where('run_id', '=', runId)
    .where('day', '=', day)
    .executeTakeFirstOrThrow();
  return bytes;
}

/** The newest chunk that does not fit any more; undefined: all do. */
async function lastToGo(
  db: Db,
  { runId, day, keepBytes }: { runId: string; day: string; keepBytes: number },
): Promise<number | undefined> {
  const row = await db
    .selectFrom((query) =>
      query
        .selectFrom('log_chunk')
        .select(['seq', sql<number>`sum(octet_length(text)) over (order by seq desc)`.as('size_from_here')])
        .where('run_id', '=', runId)
        .where('day', '=', day)
        .as('sized'),
    )
    .select((expression) => expression.fn.max('sized.seq').as('seq'))
    .where('sized.size_from_here', '>', keepBytes)
    .executeTakeFirst();
  return row?.seq ?? undefined;
}

function inMebibytes(bytes: number): string {
  return `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
}
