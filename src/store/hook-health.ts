import { sql } from 'kysely';
import type { Db } from './database.ts';

/** What polling found that a hook should have announced, newest first. */
export interface Unannounced {
  eventId: string;
  revisions: string[];
  at: Date;
}

/** Something that an operator has to know about a repository. */
export interface StoredAlarm {
  eventId: string;
  text: string;
  at: Date;
}

/** The newest find of a poll that no hook had announced; null when there was none. */
export async function lastUnannounced(db: Db, repository: string): Promise<Unannounced | null> {
  const row = await db
    .selectFrom('event')
    .select(['id as eventId', sql<string[]>`body -> 'found'`.as('revisions'), 'received_at as at'])
    .where('repository', '=', repository)
    .where('source', '=', 'poll')
    .where(sql<boolean>`jsonb_typeof(body -> 'found') = 'array'`)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The newest alarms, newest first. */
export async function latestAlarms(db: Db, repository: string): Promise<StoredAlarm[]> {
  return db
    .selectFrom('event')
    .select(['id as eventId', sql<string>`body ->> 'alarm'`.as('text'), 'received_at as at'])
    .where('repository', '=', repository)
    .where('source', '=', 'poll')
    .where(sql<boolean>`body ->> 'alarm' is not null`)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(mostAlarms)
    .execute();
}

const mostAlarms = 5;
