import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import { markWorker } from '../store/workers.ts';

const everyMs = 5_000;

/** Shows that a worker lives, until it is stopped; then that it is gone. */
export function showSignsOfLife(deps: {
  db: Db;
  workerId: string;
  isDraining: () => boolean;
  logger: Logger;
}): AsyncDisposable {
  const show = (state: 'ready' | 'draining' | 'gone'): Promise<void> =>
    markWorker(deps.db, deps.workerId, state).catch((error: unknown) =>
      deps.logger.warn({ err: error }, 'could not show a sign of life'),
    );
  const timer = setInterval(() => void show(deps.isDraining() ? 'draining' : 'ready'), everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await show('gone');
    },
  };
}
