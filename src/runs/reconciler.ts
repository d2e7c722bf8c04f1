import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Fault } from '../domain/fault.ts';
import { bringBackFuture, readClock } from '../store/clock-put-back.ts';
import type { Db } from '../store/database.ts';
import { keepQueueRules } from '../store/queue-rules.ts';
import { findAbandonedRuns } from '../store/run-queueing.ts';
import { clockJumps } from './clock-jumps.ts';
import { redeliverRun } from './deliver-run.ts';
import type { RunQueue } from './run-queue.ts';

const everyMs = 3_000;
/** How long a delivery may be on its way before it counts as lost. */
const patienceMs = 8_000;
const limit = 100;
/** What a lease that lay in the far future has left. */
const leaseMs = 20_000;
/** Less is how long an answer of the database may take, and how clocks are nudged. */
const jumpMs = 5_000;

export interface ReconcilerDeps {
  db: Db;
  queue: RunQueue;
  logger: Pick<Logger, 'warn'>;
  /** Told when runs were left behind: a worker here may begin them at once, even where the queue brings it nothing. */
  noticeWanted?: () => void;
}

/**
 * Delivers again what a crash left behind: runs whose worker died, and runs whose job never reached the queue. Ends runs that
 * wait for too long, or that are too many.
 * Any number of processes may do so at once; a run delivered twice is executed once.
 */
export function startReconciler(deps: ReconcilerDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = reconcileForever(deps, stopping.signal);
  return {
    stop() {
      stopping.abort();
      return loop;
    },
  };
}

async function reconcileForever(deps: ReconcilerDeps, signal: AbortSignal): Promise<void> {
  const jumpOf = clockJumps();
  while (!signal.aborted) {
    await reconcileOnce(deps, async () => jumpOf(await readClock(deps.db), performance.now()));
    await delay(everyMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}

/**
 * One look; also called at start, so that a restarted server carries on at once. What goes wrong with one part, or one run, is
 * logged, and keeps no other from its turn.
 * @param jumpOfClock by how many milliseconds the clock of the database was put forward since the last look; null: unknown
 * @returns the runs delivered again
 */
export async function reconcileOnce(
  deps: ReconcilerDeps,
  jumpOfClock: () => Promise<number | null> = async () => null,
): Promise<string[]> {
  const { db, logger } = deps;
  const part = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      logger.warn({ err: error }, `could not ${what}`);
      return undefined;
    }
  };
  const jumped = (await part('look at the clock of the database', jumpOfClock)) ?? null;
  if (jumped !== null && Math.abs(jumped) > jumpMs)
    logger.warn({ jumpedMs: Math.round(jumped) }, 'the clock of the database was set');
  if (jumped === null || jumped < -jumpMs)
    await part('take back times that are in the future', () => bringBackFuture(db, leaseMs));
  // Put forward, it ends every lease at once: until the next look living workers have prolonged theirs.
  const isTooEarly = jumped !== null && jumped > jumpMs;
  const delivered = isTooEarly
    ? []
    : await part('look for runs that were left behind', () => deliverAbandoned(deps));
  await part('end runs that wait for too long', () => keepQueueRules(db));
  return delivered ?? [];
}

async function deliverAbandoned({ db, queue, logger, noticeWanted }: ReconcilerDeps): Promise<string[]> {
  const delivered: string[] = [];
  const abandoned = await findAbandonedRuns(db, { patienceMs, limit });
  if (abandoned.length > 0) noticeWanted?.();
  for (const runId of abandoned) {
    try {
      await redeliverRun(db, queue, runId);
      delivered.push(runId);
    } catch (error) {
      // All others would wait for it as long, one after the other.
      if (error instanceof Fault && error.code === 'queue-unreachable') throw error;
      logger.warn({ err: error, runId }, 'could not deliver a run that was left behind');
    }
  }
  return delivered;
}
