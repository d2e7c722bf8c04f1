import type { Logger } from 'pino';
import type { Retention } from '../../domain/retention.ts';
import type { Db } from '../database.ts';
import { countEnded } from '../metric-totals.ts';
import { removeUnusedTexts } from '../run-files.ts';
import { removeOldChanges } from './remove-changes.ts';
import { removeOldEvents } from './remove-events.ts';
import { removeOldLogs } from './remove-logs.ts';
import { forgetGoneWorkers, removeOldAudit } from './remove-records.ts';
import { removeOldRuns } from './remove-runs.ts';

const everyMs = 60 * 60_000;

/** Removes what has had its time now, and every hour until it is disposed. Servers may do so at the same time. */
export function keepRetention(db: Db, retention: Retention, logger: Logger): AsyncDisposable {
  const closing = new AbortController();
  const { signal } = closing;
  const removals: [
    what: 'logs' | 'runs' | 'events' | 'changes' | 'audit',
    remove: () => Promise<Readonly<Record<string, number>>>,
  ][] = [
    ['logs', async () => ({ ...(await removeOldLogs(db, retention, signal)) })],
    [
      'runs',
      async () => ({
        runs: await removeOldRuns(db, retention, signal),
        texts: await removeUnusedTexts(db),
      }),
    ],
    ['events', async () => ({ events: await removeOldEvents(db, retention.events.keepMs, signal) })],
    ['changes', async () => ({ changes: await removeOldChanges(db, retention, signal) })],
    ['audit', async () => ({ audit: await removeOldAudit(db, retention.audit.keepMs, signal) })],
  ];
  const removeAll = async () => {
    // What goes has been counted then.
    await countEnded(db).catch((error: unknown) =>
      logger.warn({ err: error }, 'could not count what has ended; the next try is in an hour'),
    );
    for (const [what, remove] of removals) {
      try {
        const removed = await remove();
        const isAny = Object.values(removed).some((count) => count > 0);
        const message = `retention: removed ${what} that have had their time, by the rule of \`retention.${what}\``;
        if (isAny) logger.info({ removed, rule: retention[what] }, message);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, `could not remove old ${what}; the next try is in an hour`);
      }
    }
    await forgetGoneWorkers(db).catch((error: unknown) =>
      logger.warn({ err: error }, 'could not forget workers that are gone; the next try is in an hour'),
    );
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
