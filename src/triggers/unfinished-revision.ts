import { Fault } from '../domain/fault.ts';
import { correctRevision } from '../store/message-corrections.ts';
import { correctCursorDate } from '../store/watchers.ts';
import type { SubversionWatch } from './watch.ts';

/** svnsync writes author and date right after the revision; one that was killed in between may never do. */
const patienceMs = 60_000;

interface Open {
  revision: number;
  /** When it was read (milliseconds of a monotonic clock). */
  since: number;
}

/**
 * The newest revision of a mirror: svnsync commits it under its own name, now, and writes its true author and date a moment
 * after. It is read again until these are there. Whether a repository is a mirror is asked once, after its first new revision.
 */
export class UnfinishedRevision {
  #isMirror: boolean | undefined;
  #open: Open | undefined;

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** When to read it again: pauses grow with the time waited. Undefined: nothing is unfinished. */
  lookAgainInMs(nowMs: number): number | undefined {
    return this.#open && Math.min(10_000, Math.max(250, nowMs - this.#open.since));
  }

  /** History has been read up to `revision`. Never throws for a repository that is away: there is a next time. */
  async look(
    watch: SubversionWatch,
    { revision, isNew }: { revision: number; isNew: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#isMirror === false) return;
    if (isNew) this.#open = { revision, since: performance.now() };
    const open = this.#open;
    if (open === undefined) return;
    const isFinished = await this.#isFinished(watch, open.revision, signal);
    if (isFinished || performance.now() - open.since > patienceMs) this.#open = undefined;
  }

  async #isFinished(watch: SubversionWatch, revision: number, signal: AbortSignal): Promise<boolean> {
    try {
      const upTo = await watch.scm.mirroredUpTo(signal);
      this.#isMirror = upTo !== null;
      if (upTo === null) return true;
      await correct(watch, revision, signal);
      return upTo >= revision;
    } catch (error) {
      if (!(error instanceof Fault) || signal.aborted) throw error;
      // Of several mirrors at one address another one answered, which lags behind.
      if (error.code === 'scm-gone') return false;
      // Who may not ask is not told of mirrors.
      if (!error.isRetryable) this.#isMirror = false;
      return !error.isRetryable;
    }
  }
}

async function correct(
  { db, scm, repository: { name: repository } }: SubversionWatch,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const revision of scm.revisions({ from: number, to: number }, signal)) {
    const { author, message, committedAt, isIncomplete } = revision;
    if (isIncomplete) return;
    await correctRevision(db, { repository, revision: revision.revision, author, message, committedAt });
    await correctCursorDate(db, { repository, revision: number, date: committedAt });
  }
}
