import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import type { Db, Store } from '../store/database.ts';
import { type LogChunk, logDayOf } from '../store/log-chunks.ts';
import { type LogWish, readLogPage } from '../store/log-pages.ts';
import { Bell } from './bell.ts';
import { SharedLooks } from './shared-looks.ts';

/**
 * A run's log from `afterSeq` on, and then what is still to come: each chunk once, in order. Ends when the run has
 * ended and everything was given, or at `signal`. Each reader reads the tables at its own pace, woken by the store's
 * one LISTEN connection; readers that wait at the same place share `looks`. A database that is away is waited for.
 */
export async function* followLog(
  options: LogWish & { store: Store; signal: AbortSignal; looks?: SharedLooks<Look> },
): AsyncGenerator<LogChunk> {
  const { store, signal, looks = new SharedLooks(), ...wish } = options;
  const bell = new Bell();
  const stop = await store.listen('trunkline_run', (payload) => {
    if (payload === null || payload.includes(wish.runId)) bell.ring();
  });
  signal.addEventListener('abort', bell.ring, { once: true });
  const day: DayOf = {};
  let { afterSeq = 0 } = wish;
  try {
    while (!signal.aborted) {
      bell.hush();
      const place = { ...wish, afterSeq };
      const { chunks, next } = await looks.ask(keyOf(place), () => look(store.db, place, day));
      yield* chunks;
      afterSeq = chunks.at(-1)?.seq ?? afterSeq;
      if (next === 'end') return;
      if (next === 'retry') await pause(retryMs, signal);
      if (next === 'wait') await bell.rung(recheckMs);
    }
  } finally {
    await stop();
  }
}

function keyOf({ runId, stepId, afterSeq }: LogWish): string {
  return `${afterSeq} ${runId} ${stepId ?? ''}`;
}

/** Asked for once. */
interface DayOf {
  known?: string | undefined;
}

/** What one look at the tables has found. */
export interface Look {
  chunks: readonly LogChunk[];
  next: 'read-on' | 'wait' | 'retry' | 'end';
}

/** The state is read before the chunks: what was stored before the end of the run is among them then. */
async function look(db: Db, wish: LogWish, day: DayOf): Promise<Look> {
  try {
    const isOver = await hasEnded(db, wish.runId);
    day.known ??= await logDayOf(db, wish.runId);
    if (day.known === undefined) return { chunks: [], next: 'end' };
    const { chunks, isFull } = await readLogPage(db, { ...wish, day: day.known });
    if (isFull) return { chunks, next: 'read-on' };
    return { chunks, next: isOver ? 'end' : 'wait' };
  } catch (error) {
    if (error instanceof Fault && error.isRetryable) return { chunks: [], next: 'retry' };
    throw error;
  }
}

/** An unknown run has ended. */
async function hasEnded(db: Db, runId: string): Promise<boolean> {
  const run = await db.selectFrom('run').select('state').where('id', '=', runId).executeTakeFirst();
  return run === undefined || run.state === 'ended';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

const retryMs = 1_000;
/** For a notification that nobody sent: a process that was killed sends none. */
const recheckMs = 5_000;
