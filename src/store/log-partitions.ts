import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Db } from './database.ts';

/** Days made ahead; the daily call may fail for a week before partitions are made on demand only. */
const daysAhead = 8;

/**
 * Makes the partitions of `log_chunk` for the day of `from` and the days after it; existing ones stay. Call it at
 * start and daily; safe from many processes at once.
 */
async function ensureLogPartitions(db: Db, from: Date, days = daysAhead): Promise<void> {
  for (let offset = 0; offset < days; offset += 1) {
    await ensureLogPartition(db, dayOf(new Date(from.getTime() + offset * dayMs)));
  }
}

/** Makes the partition of one day (`YYYY-MM-DD`, UTC) unless it is there. */
export async function ensureLogPartition(db: Db, day: string): Promise<void> {
  const name = `log_chunk_${day.replaceAll('-', '')}`;
  const found = await sql<{ isThere: boolean }>`
    select to_regclass(${`trunkline.${name}`}) is not null as "isThere"`.execute(db);
  if (found.rows[0]?.isThere) return;
  const next = dayOf(new Date(Date.parse(day) + dayMs));
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext('trunkline.log_chunk'))`.execute(transaction);
    await sql`
      create table if not exists ${sql.table(name)} partition of log_chunk
      for values from (${sql.lit(day)}) to (${sql.lit(next)})`.execute(transaction);
  });
}

/** The day of a time, in UTC: `YYYY-MM-DD`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

const dayMs = 24 * 60 * 60 * 1_000;

/** Makes partitions ahead now, and then every few hours until it is disposed. */
export async function keepLogPartitions(db: Db, logger: Logger): Promise<AsyncDisposable> {
  await ensureLogPartitions(db, new Date());
  const timer = setInterval(() => {
    ensureLogPartitions(db, new Date()).catch((error: unknown) =>
      logger.warn({ err: error }, 'could not make partitions of the log ahead; they are made on demand'),
    );
  }, dayMs / 4);
  return {
    [Symbol.asyncDispose]: async () => clearInterval(timer),
  };
}
