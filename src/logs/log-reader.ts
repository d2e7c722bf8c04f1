import type { Db } from '../store/database.ts';
import { type LogChunk, logDayOf } from '../store/log-chunks.ts';

export interface LogWish {
  runId: string;
  /** null or absent: all steps. */
  stepId?: string | null;
  /** Only what comes behind this one. Default 0: from the beginning. */
  afterSeq?: number;
}

/** At most `limit` chunks, in order; fewer only when there are no more now. Empty for an unknown run. */
export async function readLogPage(db: Db, wish: LogWish & { limit: number }): Promise<LogChunk[]> {
  const day = await logDayOf(db, wish.runId);
  if (day === undefined) return [];
  const query = db
    .selectFrom('log_chunk')
    .select(['seq', 'step_id as stepId', 'at', 'text'])
    .where('day', '=', day)
    .where('run_id', '=', wish.runId)
    .where('seq', '>', wish.afterSeq ?? 0)
    .orderBy('seq')
    .limit(wish.limit);
  return typeof wish.stepId === 'string'
    ? query.where('step_id', '=', wish.stepId).execute()
    : query.execute();
}

/** What is there now, in order, with flat memory. */
export async function* readLog(db: Db, wish: LogWish): AsyncGenerator<LogChunk> {
  let { afterSeq = 0 } = wish;
  for (;;) {
    const page = await readLogPage(db, { ...wish, afterSeq, limit: pageSize });
    yield* page;
    afterSeq = page.at(-1)?.seq ?? afterSeq;
    if (page.length < pageSize) return;
  }
}

/** At most 1 MiB of text. */
const pageSize = 32;
