import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface WorkerFacts {
  /** Kept in the worker's data folder, so that a restarted process is the same worker. */
  id: string;
  host: string;
  pid: number;
  version: string;
  concurrency: number;
}

/** Announces a worker process; a restart of the same worker replaces its row. */
export async function announceWorker(db: Db, worker: WorkerFacts): Promise<void> {
  const now = sql<Date>`clock_timestamp()`;
  const row = { ...worker, state: 'ready' as const, started_at: now, seen_at: now };
  await db
    .insertInto('worker')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** A sign of life, and what the worker is doing. */
export async function markWorker(db: Db, id: string, state: 'ready' | 'draining' | 'gone'): Promise<void> {
  await db
    .updateTable('worker')
    .set({ state, seen_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute();
}
