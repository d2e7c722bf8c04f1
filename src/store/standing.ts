import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Of a worker's row: it takes runs. */
export const isTaking = sql<boolean>`(state = 'ready' and not is_drain_asked and stopped_taking is null)`;
/** It has given a sign of life; one that was killed says nothing of that. */
export const isLiving = sql<boolean>`(state <> 'gone' and seen_at > clock_timestamp() - interval '1 minute')`;

export interface NotifierStanding {
  name: string;
  /** How often in a row its message was not taken. */
  refusals: number;
  /** Why the last one was not; null: it was. */
  error: string | null;
  /** When it is tried again; where nothing is wrong, a time in the past. */
  nextAt: Date;
}

/** Those of these names that the server has begun to tell, by name. */
export async function notifierStandings(db: Db, names: readonly string[]): Promise<NotifierStanding[]> {
  const rows = await db
    .selectFrom('notifier')
    .select(['name', 'attempts', 'error', 'busy_until'])
    .where(sql<boolean>`name = any (${[...names]}::text[])`)
    .orderBy('name')
    .execute();
  return rows.map(({ name, attempts, error, busy_until }) => {
    return { name, refusals: attempts, error, nextAt: busy_until };
  });
}

/** Whether a worker lives that takes runs. */
export async function isAnyTaking(db: Db): Promise<boolean> {
  const found = await db.selectFrom('worker').select('id').where(isLiving).where(isTaking).executeTakeFirst();
  return found !== undefined;
}
