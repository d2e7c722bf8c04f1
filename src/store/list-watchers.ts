import type { Db } from './database.ts';
import type { WatcherRow } from './watchers.ts';

/** What the watcher knows of each repository, also of those that are no longer configured. */
export async function listWatchers(db: Db): Promise<WatcherRow[]> {
  return db.selectFrom('watcher').selectAll().orderBy('repository').execute();
}
