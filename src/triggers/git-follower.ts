import type { AnnouncedRevision } from '../store/announcements.ts';
import type { WatcherRow } from '../store/watchers.ts';
import { catchUpWithRefs } from './catch-up-with-refs.ts';
import type { Follower } from './follower.ts';
import type { GitWatch } from './watch.ts';

/** Follows the refs of a Git repository. What exactly a hook announces does not matter: one request shows every ref. */
export class GitFollower implements Follower {
  readonly #watch: GitWatch;
  #isAnnounced = false;

  constructor(watch: GitWatch) {
    this.#watch = watch;
  }

  announce(_announcement: AnnouncedRevision): void {
    this.#isAnnounced = true;
  }

  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  lookAhead(): undefined {
    return undefined;
  }

  notice(): void {}

  /** A hook that comes meanwhile may tell of a move that this look has missed. */
  async catchUp(row: WatcherRow, signal: AbortSignal): Promise<{ askedForHead: boolean }> {
    this.#isAnnounced = false;
    await catchUpWithRefs(this.#watch, row, signal);
    return { askedForHead: true };
  }

  forget(): void {}

  lookAgainInMs(): undefined {
    return undefined;
  }
}
