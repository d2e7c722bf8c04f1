import type { Db } from '../store/database.ts';
import { type LogChunk, logDayOf } from '../store/log-chunks.ts';
import { type LogWish, readLogPage } from '../store/log-pages.ts';

/** What is there now, in order, with flat memory. */
export async function* readLog(db: Db, wish: LogWish): AsyncGenerator<LogChunk> {
  const day = await logDayOf(db, wish.runId);
  let { afterSeq = 0 } = wish;
  for (let isMore = day !== undefined; isMore && day !== undefined; ) {
    const { chunks, isFull } = await readLogPage(db, { ...wish, afterSeq, day });
    yield* chunks;
    afterSeq = chunks.at(-1)?.seq ?? afterSeq;
    isMore = isFull;
  }
}
