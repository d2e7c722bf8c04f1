import { sql } from 'kysely';
import type { Db } from './database.ts';
import { isCommit } from './events.ts';
import { revisionHooks } from './hook-source.ts';
import type { WatcherRow } from './watchers.ts';

/** What the watcher knows of a repository, and how much of it is still to be read. */
export interface WatcherStanding extends WatcherRow {
  /** Subversion: revisions known to be there and not stored yet; null: not known. */
  behind: number | null;
}

/** Of each repository, also of those that are no longer configured. */
export async function listWatchers(db: Db): Promise<WatcherStanding[]> {
  return db
    .selectFrom('watcher')
    .selectAll()
    .select(
      sql<number | null>`case when newest is not null
        then greatest(newest, ${announcedMeanwhile}, cursor) - cursor end`.as('behind'),
    )
    .orderBy('repository')
    .execute();
}

/** By a hook, while the repository cannot be read: then nobody looks at hooks. */
const announcedMeanwhile = sql<number | null>`case when watcher.state = 'failing' then (
  select revision::bigint from event
  where event.repository = watcher.repository and event.state = 'received'
    and source in (${sql.join([...revisionHooks])}) and ${isCommit}
  order by received_at desc limit 1) end`;
