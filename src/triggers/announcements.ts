import type { AnnouncedRevision } from '../store/announcements.ts';

interface Open extends AnnouncedRevision {
  /** When it was first found to be newer than HEAD (milliseconds of a monotonic clock); null before that. */
  missingSince: number | null;
}

/** How long a mirror may lag behind the hook of its master. */
const patienceMs = 60_000;

/** In revisions. Anybody with the token can make one up: it is looked for, but nobody is told that it is missing. */
const longestLag = 10_000;

/** While a repository's server is down its hooks go on coming: more of them say nothing that the newest do not. */
const most = 1_000;

/** Hooks of one repository that are still to be looked at. In memory only: a hook is a hint, polling makes up for it. */
export class Announcements {
  readonly #open = new Map<string, Open>();

  add(announcement: AnnouncedRevision): void {
    this.#open.set(announcement.eventId, { ...announcement, missingSince: null });
    if (this.#open.size <= most) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      return;
    }
  }

  /** Whether one came that nobody has looked at yet. */
  get hasFresh(): boolean {
    return this.#fresh().length > 0;
  }

  /** Whether one came that nobody has looked at yet and does not say which revision it means. */
  get hasUnnamed(): boolean {
    return this.#fresh().some(({ revision }) => revision === null);
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /**
   * The newest revision after `cursor` that was announced and not yet looked for in vain; undefined when there is
   * none, or when a hook did not say which revision it means.
   */
  newestAfter(cursor: number): number | undefined {
    const fresh = this.#fresh();
    if (fresh.some(({ revision }) => revision === null)) return undefined;
    const newer = fresh.flatMap(({ revision }) => (revision !== null && revision > cursor ? [revision] : []));
    return newer.length === 0 ? undefined : Math.max(...newer);
  }

  /** The newest revision known of: HEAD, or what a hook announced after it, unless no mirror lags so far behind. */
  newestKnown(head: number): number {
    const isBelievable = (revision: number) => revision <= head + longestLag;
    const revisions = [...this.#open.values()].flatMap(({ revision }) => revision ?? []);
    return Math.max(head, ...revisions.filter(isBelievable));
  }

  eventOf(revision: number): string | undefined {
    return [...this.#open.values()].find((open) => open.revision === revision)?.eventId;
  }

  /** Forgets what the cursor has passed. */
  passed(cursor: number): void {
    for (const { eventId, revision } of this.#open.values()) {
      if (revision !== null && revision <= cursor) this.#open.delete(eventId);
    }
  }

  /**
   * HEAD has been read: what is left is newer than it. It is looked for again for a while, then given up.
   * @returns what is given up now
   */
  readUpToHead(head: number, nowMs: number): AnnouncedRevision[] {
    this.passed(head);
    const givenUp: AnnouncedRevision[] = [];
    for (const open of this.#open.values()) {
      open.missingSince ??= nowMs;
      const isTooOld = nowMs - open.missingSince >= patienceMs;
      if (open.revision === null || isTooOld) this.#open.delete(open.eventId);
      if (open.revision !== null && isTooOld) givenUp.push(open);
    }
    return givenUp;
  }

  /** When to look again for what was newer than HEAD: pauses grow with the time waited. Undefined: nothing is missing. */
  lookAgainInMs(nowMs: number): number | undefined {
    const waits = [...this.#open.values()].flatMap(({ missingSince }) =>
      missingSince === null ? [] : [Math.min(10_000, Math.max(250, nowMs - missingSince))],
    );
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #fresh(): Open[] {
    return [...this.#open.values()].filter(({ missingSince }) => missingSince === null);
  }
}
