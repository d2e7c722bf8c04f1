import { parseDurationMs } from '../domain/duration.ts';
import { CliError, exitCodes } from './cli-error.ts';

/**
 * Does work that ends early, and then cleans up, when somebody presses Ctrl-C, or after `timeout` at the latest.
 * @param timeout a duration such as `30m`
 * @throws CliError for those two, and for what is no duration
 */
export async function interruptible<Result>(
  { timeout, what }: { timeout: string; what: string },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ms = parseDurationMs(timeout);
  if (ms === null || ms === 0)
    throw new CliError(
      exitCodes.wrongUse,
      `--timeout ${timeout} is no duration: write one such as 30m or 2h.`,
    );
  const stopping = new AbortController();
  const stop = () =>
    stopping.abort(new CliError(exitCodes.userFailure, `${what} was stopped; nothing is left of it.`));
  const late = () =>
    stopping.abort(
      new CliError(exitCodes.ourFault, `${what} was not done after ${timeout}; nothing is left of it.`),
    );
  const timer = setTimeout(late, Math.min(ms, longestTimer));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    // What breaks off says so in many ways.
    stopping.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    for (const name of names) process.off(name, stop);
  }
}

/** `setTimeout` takes no more: 24 days. */
const longestTimer = 2 ** 31 - 1;
