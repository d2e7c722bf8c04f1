import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { LogChunk } from './log-chunks.ts';

export interface LogWish {
  runId: string;
  /** null or absent: all steps. */
  stepId?: string | null;
  /** Only what comes behind this one. Default 0: from the beginning. */
  afterSeq?: number;
}

export interface LogPage {
  chunks: LogChunk[];
  /** There may be more already. */
  isFull: boolean;
}

/**
 * The next chunks, in order: as many as a page holds. A build that writes little makes many small ones.
 * @param wish `day`: as `logDayOf` tells
 */
export async function readLogPage(db: Db, wish: LogWish & { day: string }): Promise<LogPage> {
  const { day, runId, stepId = null, afterSeq = 0 } = wish;
  const ofStep = stepId === null ? sql`true` : sql`step_id = ${stepId}`;
  const { rows } = await sql<LogChunk & { candidates: number }>`
    select seq, "stepId", at, text, candidates from (
      select seq, step_id as "stepId", at, text, (count(*) over ())::int as candidates,
        sum(octet_length(text)) over (order by seq) - octet_length(text) as before
      from (
        select seq, step_id, at, text from log_chunk
        where day = ${day} and run_id = ${runId} and seq > ${afterSeq} and ${ofStep}
        order by seq limit ${mostChunks}) as next) as page
    where before < ${mostBytes}
    order by seq`.execute(db);
  const [first] = rows;
  const isFull = first !== undefined && (rows.length < first.candidates || rows.length === mostChunks);
  return { chunks: rows.map(({ seq, stepId, at, text }) => ({ seq, stepId, at, text })), isFull };
}

/** A page ends with the chunk that fills it. */
const mostBytes = 1_048_576;
const mostChunks = 1_000;
