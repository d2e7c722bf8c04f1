import { sql } from 'kysely';
import type { Db } from '../database.ts';
import { walkOld } from './walk-old.ts';

const batchSize = 500;

/** Deletes the events that have had their time and that no run came from. @returns how many */
export async function removeOldEvents(db: Db, keepMs: number, signal: AbortSignal): Promise<number> {
  const remove = async (ids: string[]) => {
    const { numDeletedRows } = await db
      .deleteFrom('event')
      .where(sql<boolean>`id = any (${ids})`)
      .where('state', 'in', ['handled', 'failed'])
      .where(sql<boolean>`not exists (select from run where run.event_id = event.id)`)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  };
  return walkOld(db, { table: 'event', column: 'received_at', keepMs, size: batchSize }, { remove, signal });
}
