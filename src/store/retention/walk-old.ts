import { setTimeout as delay } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database.ts';
import type { Position } from '../page.ts';

/** Between two batches others have the database to themselves, and autovacuum its turn. */
const pauseMs = 20;

export interface OldRows {
  table: 'run' | 'event' | 'change';
  /** The column that tells the age, in an index with `id`. */
  column: 'created_at' | 'received_at';
  keepMs: number;
  /** Rows of a batch. */
  size: number;
}

/**
 * Goes through the rows that are older than `keepMs` once, the oldest first, batch by batch: what stays is not looked at again
 * for each batch, however much of it there is.
 * @param remove removes those of a batch that may go, in a transaction of its own; returns how many it was
 * @returns how many were removed in all
 */
export async function walkOld(
  db: Db,
  rows: OldRows,
  { remove, signal }: { remove(ids: string[]): Promise<number>; signal: AbortSignal },
): Promise<number> {
  let count = 0;
  for (let after: Position | null = null; ; ) {
    signal.throwIfAborted();
    const batch: Position[] = await nextBatch(db, rows, after);
    if (batch.length === 0) return count;
    after = batch.at(-1) ?? null;
    const removed = await remove(batch.map(({ id }) => id));
    count += removed;
    if (removed > 0) await delay(pauseMs, undefined, { signal });
  }
}

async function nextBatch(
  db: Db,
  { table, column, keepMs, size }: OldRows,
  after: Position | null,
): Promise<Position[]> {
  const age = sql.ref(column);
  const isBehind: RawBuilder<boolean> =
    after === null ? sql`true` : sql`(${age}, id) > (${after.at}::timestamptz, ${after.id})`;
  const { rows } = await sql<Position>`
    select id, ${age}::text as at from ${sql.table(table)}
    where ${age} < now() - ${keepMs} * interval '1 millisecond' and ${isBehind}
    order by ${age}, id limit ${size}`.execute(db);
  return rows;
}
