import type { Engine } from './engine.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { Places } from './places.ts';

/** Takes runs from the queue and executes them. */
export interface RunWorker {
  /**
   * A run that this process has just stored: begun at once when a place is free, which saves its way through the
   * queue. Should this process die now, the reconciler of another one delivers it.
   * @returns whether it is begun; else it needs a job
   */
  offer(runId: string): boolean;
  /** Runs in hand now. */
  activeRuns(): string[];
  isDraining(): boolean;
  /** Takes no new runs while it is wished so; what is in hand goes on to its end. */
  holdBack(isWished: boolean): Promise<void>;
  /** There may be runs for this worker whose jobs others had. */
  noticeWanted(): void;
  /** Somebody cancelled this run; a no-op for runs of other workers. */
  noticeCancel(runId: string): void;
  /** Takes nothing new, begins no further step; resolves when the steps in hand have ended and the rest is handed over. */
  drain(): Promise<void>;
  /** Stops every step at once, without further effects; another worker continues them. */
  shutDown(): Promise<void>;
}

export function startRunWorker(engine: Engine, concurrency: number): RunWorker {
  const draining = new AbortController();
  const leaving = new AbortController();
  const keepers = new Map<string, LeaseKeeper>();
  const hands = { keepers, draining: draining.signal, leaving: leaving.signal };
  const places = new Places(engine, concurrency, hands);
  const queueWorker = engine.queue.work((job) => places.serveJob(job), concurrency);

  async function stopTaking(): Promise<void> {
    draining.abort();
    await Promise.all([queueWorker.close(), places.emptied()]);
    await places.giveBackRefused();
  }

  return {
    offer: (runId) => places.offer(runId),
    activeRuns: () => [...keepers.keys()],
    isDraining: () => draining.signal.aborted,
    async holdBack(isWished) {
      if (draining.signal.aborted || !places.holdBack(isWished)) return;
      if (isWished) return queueWorker.pause();
      queueWorker.resume();
      places.noticeWanted();
    },
    noticeWanted: () => places.noticeWanted(),
    noticeCancel: (runId) => keepers.get(runId)?.lookNow(),
    drain: stopTaking,
    async shutDown() {
      leaving.abort();
      const stopped = stopTaking();
      for (const keeper of keepers.values()) keeper.shutDown();
      await stopped;
    },
  };
}
