import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  /** What is waited for, as a noun phrase: it goes into the error ("not within 30000 ms: the run to end"). */
  what: string;
  deadlineMs?: number;
  everyMs?: number;
};

/**
 * Asks `probe` again and again until it gives something other than `undefined` or `false`, and returns that.
 * An exception of the probe counts as "not yet" and becomes the cause of the final error.
 * The last probe is made at the deadline, so a condition that holds by then is never missed.
 */
export async function waitFor<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  { what, deadlineMs = 60_000, everyMs = 50 }: WaitOptions,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const late = performance.now() >= end;
    const seen = await attempt(probe);
    if ('value' in seen) return seen.value;
    if (late) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: seen.cause });
    await delay(Math.min(everyMs, Math.max(1, end - performance.now())));
  }
}

async function attempt<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<{ value: T } | { cause: unknown }> {
  try {
    const value = await probe();
    return value === undefined || value === false ? { cause: undefined } : { value };
  } catch (cause) {
    return { cause };
  }
}
