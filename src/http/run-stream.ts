import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import { isWithin, type TokenLimit } from '../domain/token-limit.ts';
import type { RunNotice } from '../store/channels.ts';
import { readRunSummaries } from '../store/list-runs.ts';
import { listenForRuns } from '../store/run-news.ts';
import { readRun } from '../store/runs.ts';
import { withWaitReasons } from '../store/waits-for-worker.ts';
import type { HttpDependencies } from './dependencies.ts';
import type { StreamMessage } from './event-stream.ts';
import type { Run } from './schemas/run.ts';
import { limitedRun } from './views/limited-view.ts';
import { runSummary, viewRun } from './views/run-view.ts';

type StreamDependencies = Pick<HttpDependencies, 'db' | 'listen'>;

/** A reader gets what is true now, at most this often; what was true in between is left out. */
const betweenMs = 250;
/** For a notification that nobody sent: a process that was killed sends none. */
const recheckMs = 5_000;
/** Nothing is asked for in between: the reader read the list when the stream began. */
const idleMs = 60_000;

/**
 * The view of one run, at once and whenever it is another one, then `end`. A reader takes the next message when it
 * has room for it: a slow one skips states, and holds nobody up. Ends at `signal`, without `end`.
 */
export async function* runMessages(
  { db, listen }: StreamDependencies,
  { runId, limit }: { runId: string; limit: TokenLimit | null },
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  await using news = await listenForRuns(listen, ({ run, what }) => run === runId && what !== 'log');
  let last = '';
  while (!signal.aborted) {
    const view = await orUndefined(() => viewOf(db, runId, limit));
    const data = view === undefined ? last : JSON.stringify(view);
    if (data !== last) yield { event: 'run', data };
    last = data;
    if (view === null) return;
    if (view?.state === 'ended') {
      const { state, outcome, reason } = view;
      yield { event: 'end', data: JSON.stringify({ state, outcome, reason }) };
      return;
    }
    await pause(betweenMs, signal);
    await news.next(recheckMs, signal);
  }
}

const listed: ReadonlySet<RunNotice['what']> = new Set(['state', 'begun', 'cancel'] as const);

/**
 * The summary of every run within the limit whose state changes from now on. Ends where changes may have been missed: the reader comes
 * back, and reads the list again.
 */
export async function* changedRunMessages(
  { db, listen }: StreamDependencies,
  limit: TokenLimit | null,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  await using news = await listenForRuns(listen, ({ what }) => listed.has(what));
  while (!signal.aborted) {
    const changed = await news.next(idleMs, signal);
    if (changed === null || signal.aborted) return;
    const rows = await orUndefined(async () => withWaitReasons(db, await readRunSummaries(db, [...changed])));
    if (rows === undefined) return;
    for (const row of rows.filter((one) => isWithin(limit, one)))
      yield { event: 'run', data: JSON.stringify(runSummary(row)) };
    await pause(betweenMs, signal);
  }
}

/** null: there is no such run any more. */
async function viewOf(
  db: StreamDependencies['db'],
  runId: string,
  limit: TokenLimit | null,
): Promise<Run | null> {
  const row = await readRun(db, runId);
  return row === undefined ? null : limitedRun(await viewRun(db, row), limit);
}

/** A database that is away is waited for. */
async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Fault && error.isRetryable) return undefined;
    throw error;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
