import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Postmaster, stopPostmaster } from './postmaster.ts';

export interface Supervised {
  postmaster: Postmaster;
  launch: () => Promise<Postmaster>;
  logger: Logger;
}

/** Starts the server again whenever it ends by itself, for as long as it takes, until `stop`. */
export function supervise({ postmaster: first, launch, logger }: Supervised) {
  const stopping = new AbortController();
  let postmaster = first;
  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      await postmaster.gone;
      if (stopping.signal.aborted) return;
      logger.error({ pid: postmaster.pid }, 'The embedded PostgreSQL ended by itself; starting it again');
      await startAgain();
    }
  }
  async function startAgain(): Promise<void> {
    for (let pauseMs = 100; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        postmaster = await launch();
        return;
      } catch (error) {
        logger.error({ err: error }, 'Cannot start the embedded PostgreSQL again; trying on');
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }
  const ended = keepRunning();
  return {
    get pid() {
      return postmaster.pid;
    },
    stop: async () => {
      stopping.abort();
      await stopPostmaster(postmaster);
      await ended;
      await stopPostmaster(postmaster);
    },
  };
}
