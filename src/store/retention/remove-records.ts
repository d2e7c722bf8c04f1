import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../database.ts';

const batchSize = 1_000;
const pauseMs = 20;
/** Nobody looks for a worker that has said nothing for so long; it is announced anew when it starts again. */
const workerDays = 30;

/** Deletes what the audit has of older acts, in the order in which it was written. @returns how many rows */
export async function removeOldAudit(db: Db, keepMs: number, signal: AbortSignal): Promise<number> {
  for (let count = 0; ; ) {
    signal.throwIfAborted();
    const { numAffectedRows = 0n } = await sql`
      delete from audit where id = any (array(
        select id from (select id, at from audit order by id limit ${batchSize} for update skip locked) as oldest
        where at < now() - ${keepMs} * interval '1 millisecond'))`.execute(db);
    count += Number(numAffectedRows);
    if (Number(numAffectedRows) < batchSize) return count;
    await delay(pauseMs, undefined, { signal });
  }
}

/** Forgets workers that are gone for good, as those of containers are, each of which has an id of its own. @returns how many */
export async function forgetGoneWorkers(db: Db): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('worker')
    .where(sql<boolean>`seen_at < now() - ${workerDays} * interval '1 day'`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
