import { type AnnouncedRevision, recentPushes } from '../store/announcements.ts';
import type { WatcherRow } from '../store/watchers.ts';
import { catchUpWithRefs } from './catch-up-with-refs.ts';
import type { Follower } from './follower.ts';
import { lookAgainForPushes, replicaPatienceMs } from './hidden-pushes.ts';
import type { GitWatch } from './watch.ts';

/**
 * Follows the refs of a Git repository. One request shows every ref; what exactly a hook announces matters only where that is
 * not to be seen yet, because a replica is asked: then it is looked for again.
 */
export class GitFollower implements Follower {
  readonly #watch: GitWatch;
  #isAnnounced = false;
  #lookAgainInMs: number | undefined;

  constructor(watch: GitWatch) {
    this.#watch = watch;
  }

  announce(_announcement: AnnouncedRevision): void {
    this.#isAnnounced = true;
  }

  get isAnnounced(): boolean {
    return this.#isAnnounced || this.#lookAgainInMs !== undefined;
  }

  lookAhead(): undefined {
    return undefined;
  }

  notice(): void {}

  /** A hook that comes meanwhile may tell of a move that this look has missed. */
  async catchUp(row: WatcherRow, signal: AbortSignal): Promise<{ askedForHead: boolean }> {
    const { isAnnounced } = this;
    this.#isAnnounced = false;
    this.#lookAgainInMs = undefined;
    const refs = await catchUpWithRefs(this.#watch, row, signal);
    if (isAnnounced) {
      const { db, repository } = this.#watch;
      const pushes = await recentPushes(db, repository.name, replicaPatienceMs);
      this.#lookAgainInMs = lookAgainForPushes(pushes, refs);
    }
    return { askedForHead: true };
  }

  forget(): void {}

  lookAgainInMs(): number | undefined {
    return this.#lookAgainInMs;
  }
}
