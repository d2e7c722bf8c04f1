import type { AnnouncedRevision } from '../store/announcements.ts';
import type { WatcherRow } from '../store/watchers.ts';
import { Announcements } from './announcements.ts';
import { catchUp } from './catch-up.ts';
import type { CaughtUp, Follower } from './follower.ts';
import { LowerHead } from './lower-head.ts';
import { rangeAfter } from './read-revisions.ts';
import { type ReadingAhead, readAhead } from './reading-ahead.ts';
import { UnfinishedRevision } from './unfinished-revision.ts';
import type { SubversionWatch } from './watch.ts';

/** Follows the numbered revisions of a Subversion repository. */
export class SubversionFollower implements Follower {
  readonly #watch: SubversionWatch;
  readonly #announcements = new Announcements();
  /** Where the cursor stood last; undefined when that is not known. */
  #cursor: number | undefined;
  #ahead: ReadingAhead | undefined;
  readonly #newest = new UnfinishedRevision();
  readonly #lower: LowerHead;

  /** `mirrorPatienceMs`: how long a HEAD that is lower may be that of a mirror; default 30 s. */
  constructor(watch: SubversionWatch, { mirrorPatienceMs }: { mirrorPatienceMs?: number | undefined } = {}) {
    this.#watch = watch;
    this.#lower = new LowerHead(mirrorPatienceMs);
  }

  announce(announcement: AnnouncedRevision): void {
    this.#announcements.add(announcement);
  }

  get isAnnounced(): boolean {
    return !this.#announcements.isEmpty || this.#newest.isOpen || this.#lower.isOpen;
  }

  /** What a hook announced is read while the claim is being made; mostly the cursor stands where it was left. */
  lookAhead(signal: AbortSignal): AsyncDisposable | undefined {
    this.#ahead = undefined;
    const cursor = this.#cursor;
    const announced = cursor === undefined ? undefined : this.#announcements.newestAfter(cursor);
    if (cursor === undefined || announced === undefined) return undefined;
    this.#ahead = readAhead(this.#watch.scm, rangeAfter(cursor, announced), signal);
    return this.#ahead;
  }

  notice(row: WatcherRow | undefined): void {
    this.#cursor = row?.cursor ?? undefined;
    if (this.#cursor !== undefined) this.#announcements.passed(this.#cursor);
  }

  async catchUp(row: WatcherRow, signal: AbortSignal): Promise<CaughtUp> {
    const announcements = this.#announcements;
    const lower = this.#lower;
    const isOnlyHook = announcements.hasFresh && !lower.isOpen;
    // After its server was away, or ours; or a hook told once more of a revision that was read long ago.
    const isUnsure = this.#cursor === undefined || announcements.hasUnnamed;
    const request = { row, announcements, lower, isOnlyHook, isUnsure };
    const watch = { ...this.#watch, scm: this.#ahead?.scm ?? this.#watch.scm };
    const { cursor, ...caughtUp } = await catchUp(watch, request, signal);
    this.#cursor = cursor;
    const isNew = row.cursor !== null && row.cursor < cursor;
    await this.#newest.look(this.#watch, { revision: cursor, isNew }, signal);
    return caughtUp;
  }

  forget(): void {
    this.#cursor = undefined;
  }

  lookAgainInMs(nowMs: number): number | undefined {
    const waits = [this.#announcements, this.#newest, this.#lower].map((part) => part.lookAgainInMs(nowMs));
    const known = waits.filter((wait) => wait !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }
}
