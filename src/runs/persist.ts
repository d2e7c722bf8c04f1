import pRetry from 'p-retry';
import { Fault } from '../domain/fault.ts';

/**
 * Repeats a write of the engine's own while the database is away, until the lease is lost: what a step has done
 * must not be forgotten because of a restart of PostgreSQL. The write must be safe to repeat.
 * @throws Fault `lease-lost`, or whatever else the write throws
 */
export async function persist<T>(write: () => Promise<T>, lost: AbortSignal): Promise<T> {
  try {
    return await pRetry(write, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 1_000,
      signal: lost,
      shouldRetry: ({ error }) => error instanceof Fault && error.code === 'database-unreachable',
    });
  } catch (cause) {
    if (!lost.aborted) throw cause;
    throw new Fault('lease-lost', 'another worker continues the run', { cause, isRetryable: false });
  }
}
