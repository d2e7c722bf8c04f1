import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import { keepQueueRules } from '../store/queue-rules.ts';
import { findAbandonedRuns } from '../store/run-queueing.ts';
import { redeliverRun } from './deliver-run.ts';
import type { RunQueue } from './run-queue.ts';

const everyMs = 3_000;
/** How long a delivery may be on its way before it counts as lost. */
const patienceMs = 8_000;
const limit = 100;

/**
 * Delivers again what a crash left behind: runs whose worker died, and runs whose job never reached the queue. Ends runs that
 * wait for too long, or that are too many.
 * Any number of processes may do so at once; a run delivered twice is executed once.
 */
export function startReconciler(deps: { db: Db; queue: RunQueue; logger: Logger }): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  const loop = reconcileForever(deps, stopping.signal);
  return {
    stop() {
      stopping.abort();
      return loop;
    },
  };
}

async function reconcileForever(
  { db, queue, logger }: { db: Db; queue: RunQueue; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await reconcileOnce(db, queue);
    } catch (error) {
      logger.warn({ err: error }, 'could not look for runs that were left behind');
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, everyMs * (0.75 + Math.random() / 2));
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}

/** One look; also called at start, so that a restarted server carries on at once. @returns the runs delivered again */
export async function reconcileOnce(db: Db, queue: RunQueue): Promise<string[]> {
  await keepQueueRules(db);
  const runIds = await findAbandonedRuns(db, { patienceMs, limit });
  for (const runId of runIds) await redeliverRun(db, queue, runId);
  return runIds;
}
