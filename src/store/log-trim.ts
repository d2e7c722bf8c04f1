import { sql } from 'kysely';
import type { Db } from './database.ts';
import { type Lease, whileHeld } from './leases.ts';

export interface LogCut {
  day: string;
  stepId: string;
  /** About how much of the beginning stays, in bytes. */
  headBytes: number;
  /** About how much of the end stays, in bytes. */
  tailBytes: number;
}

/**
 * Deletes the middle of a step's log and says so where it was. Numbers stay as they are, so readers go on behind the
 * last one they have seen. Cutting again what was cut before leaves the same head. Does nothing once the lease is lost.
 * @returns the size of what is left of the run's log, as `logBytesOf`
 */
export async function trimLog(db: Db, lease: Lease, cut: LogCut): Promise<Map<string, number>> {
  const { first, last } = await middleOf(db, lease.runId, cut);
  if (first !== null && last !== null && first <= last) {
    await whileHeld(db, lease)
      .deleteFrom('log_chunk')
      .using('held')
      .whereRef('log_chunk.run_id', '=', 'held.held_run_id')
      .where('log_chunk.day', '=', cut.day)
      .where('log_chunk.step_id', '=', cut.stepId)
      .where('log_chunk.seq', '>=', first)
      .where('log_chunk.seq', '<', last)
      .execute();
    await whileHeld(db, lease)
      .updateTable('log_chunk')
      .from('held')
      .set({ text: noteOf(cut) })
      .whereRef('log_chunk.run_id', '=', 'held.held_run_id')
      .where('log_chunk.day', '=', cut.day)
      .where('log_chunk.step_id', '=', cut.stepId)
      .where('log_chunk.seq', '=', last)
      .execute();
  }
  return logBytesOf(db, { runId: lease.runId, day: cut.day });
}

/** In bytes, by step. */
export async function logBytesOf(
  db: Db,
  { runId, day }: { runId: string; day: string },
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('log_chunk')
    .select('step_id')
    .select(sql<number>`sum(octet_length(text))::float8`.as('bytes'))
    .where('run_id', '=', runId)
    .where('day', '=', day)
    .groupBy('step_id')
    .execute();
  return new Map(rows.map(({ step_id, bytes }) => [step_id, bytes]));
}

/** The first chunk behind the head, and the last one before the tail. */
async function middleOf(
  db: Db,
  runId: string,
  { day, stepId, headBytes, tailBytes }: LogCut,
): Promise<{ first: number | null; last: number | null }> {
  return db
    .selectFrom((query) =>
      query
        .selectFrom('log_chunk')
        .select('seq')
        .select(sql<number>`sum(octet_length(text)) over (order by seq) - octet_length(text)`.as('before'))
        .select(sql<number>`sum(octet_length(text)) over (order by seq desc)`.as('from_here'))
        .where('run_id', '=', runId)
        .where('day', '=', day)
        .where('step_id', '=', stepId)
        .as('sized'),
    )
    .select(sql<number | null>`min(seq) filter (where before >= ${headBytes})`.as('first'))
    .select(sql<number | null>`max(seq) filter (where from_here > ${tailBytes})`.as('last'))
    .executeTakeFirstOrThrow();
}

function noteOf({ headBytes, tailBytes }: LogCut): string {
  const kept = `the first ${inMebibytes(headBytes)} and about the last ${inMebibytes(tailBytes)}`;
  return `\n[Trunkline left out what was here: of a step's log it keeps ${kept}]\n`;
}

function inMebibytes(bytes: number): string {
  return `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
}
