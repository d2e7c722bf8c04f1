import { setTimeout as delay } from 'node:timers/promises';
import type { AnnouncedRevision } from '../store/announcements.ts';
import {
  claimWatcher,
  endPoll,
  failPoll,
  type PollEnd,
  prolongClaim,
  readWatcher,
  releaseClaim,
  type WatcherRow,
} from '../store/watchers.ts';
import type { Follower } from './follower.ts';
import { backoffMs, pollIntervalMs, restMs } from './poll-schedule.ts';
import type { Watch } from './watch.ts';

export interface WatcherOptions {
  pollMs: number;
  /** Who polls, in the claim; an owner takes over its own claims at once. */
  owner: string;
  /** How long a claim outlives the process that holds it. */
  claimMs: number;
  /** Pause before the first poll, so that a server with many repositories does not begin them all at once. */
  firstPollInMs: number;
}

/** How soon to ask again for a repository that another process is polling just now. */
const claimedElsewhereMs = 200;

/** A hook that another process took and died with leaves the repository due: the longest time until that is seen. */
const longestPauseMs = 15_000;

/** Watches one repository until it is disposed: polls when it is time, reads at once what a hook announces. */
export class RepositoryWatcher implements AsyncDisposable {
  readonly #watch: Watch;
  readonly #options: Readonly<WatcherOptions>;
  readonly #follower: Follower;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #endPause: () => void = () => {};
  #isRung = false;
  #isFirstTurn = true;
  /** In a row. */
  #failures = 0;
  readonly #looked = Promise.withResolvers<void>();

  constructor(watch: Watch, follower: Follower, options: WatcherOptions) {
    this.#watch = watch;
    this.#follower = follower;
    this.#options = options;
    this.#loop = this.#run();
  }

  /** Resolves after the first look at the repository, however that ended: what is committed later is seen. */
  get hasLooked(): Promise<void> {
    return this.#looked.promise;
  }

  announce(announcement: AnnouncedRevision): void {
    this.#follower.announce(announcement);
    this.#ring();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#ring();
    await this.#loop;
  }

  #ring(): void {
    this.#isRung = true;
    this.#endPause();
  }

  async #run(): Promise<void> {
    let pauseMs = this.#options.firstPollInMs;
    for (;;) {
      await this.#pause(pauseMs);
      if (this.#stop.signal.aborted) return;
      pauseMs = await this.#turn();
      this.#looked.resolve();
    }
  }

  /** Ends early, or does not begin, when an announcement came since the last turn began, or the watcher stops. */
  async #pause(ms: number): Promise<void> {
    const rest = restMs(this.#failures);
    if (rest > 0) await delay(rest, undefined, { signal: this.#stop.signal }).catch(() => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#endPause = resolve;
    const timer = setTimeout(resolve, this.#isRung ? 0 : Math.min(Math.max(0, ms - rest), longestPauseMs));
    await promise;
    clearTimeout(timer);
    this.#isRung = false;
  }

  /** @returns how long to pause after it, in milliseconds */
  async #turn(): Promise<number> {
    try {
      await using _ahead = this.#follower.lookAhead(this.#stop.signal);
      const row = await this.#claim();
      if (row === undefined) return await this.#comeBackLater();
      return await this.#poll(row);
    } catch (error) {
      const { repository, logger } = this.#watch;
      logger.error({ err: error, repository: repository.name }, 'Watching a repository failed');
      return backoffMs(1, Math.random());
    }
  }

  async #claim(): Promise<WatcherRow | undefined> {
    const { db, repository } = this.#watch;
    const { owner, claimMs } = this.#options;
    const ifDue = !this.#follower.isAnnounced && !this.#isFirstTurn;
    const row = await claimWatcher(db, { repository: repository.name, owner, ttlMs: claimMs, ifDue });
    if (row !== undefined) this.#isFirstTurn = false;
    return row;
  }

  async #comeBackLater(): Promise<number> {
    this.#failures = 0;
    const row = await readWatcher(this.#watch.db, this.#watch.repository.name);
    this.#follower.notice(row);
    if (this.#follower.isAnnounced || this.#isFirstTurn) return claimedElsewhereMs;
    return Math.max(claimedElsewhereMs, (row?.next_poll_at.getTime() ?? 0) - Date.now());
  }

  async #poll(row: WatcherRow): Promise<number> {
    const { signal } = this.#stop;
    const claim = { repository: row.repository, owner: this.#options.owner };
    const heartbeat = setInterval(() => this.#prolong(claim), this.#options.claimMs / 3);
    try {
      const { askedForHead, newest } = await this.#follower.catchUp(row, signal);
      this.#failures = 0;
      const nextPollInMs = this.#nextPollInMs(askedForHead ? null : row.polled_at);
      const end = { ...claim, nextPollInMs, askedForHead, newest };
      return this.#soonest(await endPoll(this.#watch.db, end));
    } catch (error) {
      if (!signal.aborted) return await this.#fail(row, error);
      await releaseClaim(this.#watch.db, claim.repository, claim.owner);
      return 0;
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** `polledAt`: when HEAD was last asked for; null: just now. */
  #nextPollInMs(polledAt: Date | null): PollEnd['nextPollInMs'] {
    const { pollMs } = this.#options;
    const sinceMs = polledAt === null ? 0 : Date.now() - polledAt.getTime();
    const inMs = (areHooksTrusted: boolean) => {
      const intervalMs = pollIntervalMs({ pollMs, areHooksTrusted });
      return Math.min(intervalMs, Math.max(0, intervalMs - sinceMs));
    };
    return { withHooks: inMs(true), withoutHooks: inMs(false) };
  }

  #soonest(nextPollInMs: number): number {
    return Math.min(nextPollInMs, this.#follower.lookAgainInMs(performance.now()) ?? nextPollInMs);
  }

  async #fail(row: WatcherRow, error: unknown): Promise<number> {
    const { db, logger } = this.#watch;
    this.#follower.forget();
    this.#failures += 1;
    const nextPollInMs = backoffMs(row.failures + 1, Math.random());
    const message = error instanceof Error ? error.message : String(error);
    logger.warn({ err: error, nextPollInMs }, `Repository ${row.repository} cannot be read: ${message}`);
    await failPoll(db, {
      repository: row.repository,
      owner: this.#options.owner,
      nextPollInMs,
      error: message,
    });
    return nextPollInMs;
  }

  #prolong(claim: { repository: string; owner: string }): void {
    const { db, logger } = this.#watch;
    prolongClaim(db, { ...claim, ttlMs: this.#options.claimMs }).catch((error: unknown) => {
      logger.warn({ err: error, repository: claim.repository }, 'Claim on a repository not prolonged');
    });
  }
}
