import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import { markWorker, type SignOfLife } from '../store/workers.ts';
import type { RunWorker } from './run-worker.ts';

const everyMs = 5_000;

interface Upkeep {
  db: Db;
  workerId: string;
  worker: Pick<RunWorker, 'isDraining' | 'holdBack'>;
  /** Why it should take no new runs for now; null: nothing is in their way. */
  obstacle(): Promise<string | null>;
  logger: Pick<Logger, 'warn'>;
}

/**
 * Shows that a worker lives, until it is stopped; then that it is gone. With each sign of life it learns whether it may
 * take new runs: somebody may have asked it to drain, or something is in their way.
 */
export async function keepUpWorker(upkeep: Upkeep): Promise<AsyncDisposable> {
  const show = signsOfLife(upkeep);
  await show();
  const timer = setInterval(() => void show(), everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await mark(upkeep, { state: 'gone', stoppedTaking: null });
    },
  };
}

function signsOfLife(upkeep: Upkeep): () => Promise<void> {
  const { worker, logger } = upkeep;
  let stoppedTaking: string | null = null;
  let isDrainAsked = false;
  return async () => {
    const obstacle = await upkeep.obstacle();
    if ((obstacle === null) !== (stoppedTaking === null))
      logger.warn(obstacle === null ? 'takes new runs again' : `takes no new runs: ${obstacle}`);
    stoppedTaking = obstacle;
    const state = worker.isDraining() ? 'draining' : 'ready';
    isDrainAsked = (await mark(upkeep, { state, stoppedTaking })) ?? isDrainAsked;
    await worker.holdBack(isDrainAsked || stoppedTaking !== null);
  };
}

/** @returns whether somebody wants it to drain; undefined while the database is away */
async function mark({ db, workerId, logger }: Upkeep, sign: SignOfLife): Promise<boolean | undefined> {
  try {
    return await markWorker(db, workerId, sign);
  } catch (error) {
    logger.warn({ err: error }, 'could not show a sign of life');
    return undefined;
  }
}
