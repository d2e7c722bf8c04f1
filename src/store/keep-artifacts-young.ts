import type { Logger } from 'pino';
import { removeOldArtifacts } from './artifacts.ts';
import type { Db } from './database.ts';

const everyMs = 60 * 60_000;

/** Removes artifacts that are older than `keepMs` now, and every hour until it is disposed. */
export function keepArtifactsYoung(db: Db, keepMs: number, logger: Logger): AsyncDisposable {
  const remove = async () => {
    try {
      const files = await removeOldArtifacts(db, keepMs);
      if (files > 0) logger.info({ files }, 'removed artifacts that have had their time');
    } catch (error) {
      logger.warn({ err: error }, 'could not remove old artifacts; the next try is in an hour');
    }
  };
  let last = remove();
  const timer = setInterval(() => {
    last = remove();
  }, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}
