import { setTimeout as delay } from 'node:timers/promises';

/** Joins many sources of change into one loop: changes that come while the loop works are one further turn. */
export interface Wakeup {
  wake(): void;
  /** Settles at once after a `wake` since the last wait, else at the next one or after `atMostMs`. */
  wait(atMostMs: number, signal: AbortSignal): Promise<void>;
}

export function createWakeup(): Wakeup {
  let isPending = false;
  let resume: (() => void) | undefined;
  return {
    wake() {
      isPending = true;
      resume?.();
    },
    async wait(atMostMs, signal) {
      signal.throwIfAborted();
      if (!isPending) {
        const enough = new AbortController();
        resume = () => enough.abort();
        await delay(atMostMs, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(
          () => undefined,
        );
        resume = undefined;
      }
      isPending = false;
      signal.throwIfAborted();
    },
  };
}
