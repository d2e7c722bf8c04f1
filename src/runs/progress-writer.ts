import { setTimeout as delay } from 'node:timers/promises';
import { type StepProgress, storableProgress } from '../domain/step-progress.ts';

export interface ProgressWriter {
  /** The newest report replaces those that were not stored yet. */
  report(progress: StepProgress): void;
  /** Stores the last report; what is reported afterwards counts for nothing. */
  close(): Promise<void>;
}

/** What a person sees as motion, at a cost that the database does not feel. */
const storeEveryMs = 250;

/**
 * Stores a step's progress as often as is useful. A report that cannot be stored is dropped: the next one says more,
 * and no step fails because of it.
 */
export function createProgressWriter(
  store: (progress: StepProgress) => Promise<void>,
  mask: (text: string) => string,
): ProgressWriter {
  const closing = new AbortController();
  let newest: StepProgress | undefined;
  let storing: Promise<void> | undefined;

  async function storeNewest(): Promise<void> {
    while (newest !== undefined) {
      const progress = storableProgress(newest, mask);
      newest = undefined;
      await store(progress).catch(() => undefined);
      await delay(storeEveryMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    storing = undefined;
  }

  return {
    report(progress) {
      if (closing.signal.aborted) return;
      newest = progress;
      storing ??= storeNewest();
    },
    async close() {
      // With a reason, for without one an error is made for it, with its stack, at each step.
      closing.abort('closed');
      await storing;
    },
  };
}
