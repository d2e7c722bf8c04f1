import type { Logger } from 'pino';
import type { Retention } from '../../domain/retention.ts';
import type { Db } from '../database.ts';
import { removeOldLogs } from './remove-logs.ts';
import { removeOldEvents, removeOldRuns } from './remove-runs.ts';

const everyMs = 60 * 60_000;

/** Removes what has had its time now, and every hour until it is disposed. Servers may do so at the same time. */
export function keepRetention(db: Db, retention: Retention, logger: Logger): AsyncDisposable {
  const closing = new AbortController();
  const { signal } = closing;
  const removals: [what: string, remove: () => Promise<object>][] = [
    ['logs', () => removeOldLogs(db, retention, signal)],
    ['runs', async () => ({ runs: await removeOldRuns(db, retention, signal) })],
    ['events', async () => ({ events: await removeOldEvents(db, retention.events.keepMs, signal) })],
  ];
  const removeAll = async () => {
    for (const [what, remove] of removals) {
      try {
        logger.debug(await remove(), `removed ${what} that have had their time`);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, `could not remove old ${what}; the next try is in an hour`);
      }
    }
  };
  let last = removeAll();
  const timer = setInterval(() => {
    last = last.then(removeAll);
  }, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      closing.abort();
      await last;
    },
  };
}
