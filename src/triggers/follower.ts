import type { AnnouncedRevision } from '../store/announcements.ts';
import type { WatcherRow } from '../store/watchers.ts';

export interface CaughtUp {
  askedForHead: boolean;
  /** Subversion: the newest revision known of, read or not; undefined: HEAD was not asked for. */
  newest?: number;
}

/**
 * How a repository of one kind is read. Its watcher calls these one after the other, but for `announce`, which may come
 * at any time.
 */
export interface Follower {
  announce(announcement: AnnouncedRevision): void;
  /** Whether a hook waits to be looked at. */
  readonly isAnnounced: boolean;
  /** Begins what the next `catchUp` will most likely ask for; disposing ends what nobody asked for. */
  lookAhead(signal: AbortSignal): AsyncDisposable | undefined;
  /** Somebody else is reading: this is how far they are. */
  notice(row: WatcherRow | undefined): void;
  /**
   * Reads and stores what is new, once.
   * @throws Fault of the repository's server or the database; what was read before is stored
   */
  catchUp(row: WatcherRow, signal: AbortSignal): Promise<CaughtUp>;
  /** The last `catchUp` failed: nothing is certain but what the database says. */
  forget(): void;
  /** When to look again for what was announced and not found; undefined when nothing is missing. */
  lookAgainInMs(nowMs: number): number | undefined;
}
