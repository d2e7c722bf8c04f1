import { setTimeout as delay } from 'node:timers/promises';
import { decodeRunNotice, type RunNotice } from './channels.ts';
import type { Store } from './database.ts';

/** Notices about runs, kept until somebody has time for them: however many came, each run is named once. */
export interface RunNews extends AsyncDisposable {
  /**
   * The runs with news since the last call; waits for the first one, at most `atMostMs`. null: some may have been
   * missed, read the tables again.
   */
  next(atMostMs: number, signal: AbortSignal): Promise<ReadonlySet<string> | null>;
}

export async function listenForRuns(
  listen: Store['listen'],
  isWanted: (notice: RunNotice) => boolean,
): Promise<RunNews> {
  let runs = new Set<string>();
  let mayMiss = false;
  let arrived = new AbortController();
  const stop = await listen('trunkline_run', (payload) => {
    const notice = payload === null ? undefined : decodeRunNotice(payload);
    if (payload === null) mayMiss = true;
    else if (notice !== undefined && isWanted(notice)) runs.add(notice.run);
    else return;
    arrived.abort();
  });
  return {
    async next(atMostMs, signal) {
      await delay(atMostMs, undefined, { signal: AbortSignal.any([signal, arrived.signal]) }).catch(() => {});
      const news = mayMiss ? null : runs;
      runs = new Set();
      mayMiss = false;
      arrived = new AbortController();
      return news;
    },
    [Symbol.asyncDispose]: stop,
  };
}
