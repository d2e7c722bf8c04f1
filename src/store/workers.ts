import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface WorkerFacts {
  /** Kept in the worker's data folder, so that a restarted process is the same worker. */
  id: string;
  host: string;
  pid: number;
  version: string;
  concurrency: number;
  labels: string[];
}

/** Announces a worker process; a restart of the same worker replaces its row. */
export async function announceWorker(db: Db, worker: WorkerFacts): Promise<void> {
  const now = sql<Date>`clock_timestamp()`;
  const fresh = { state: 'ready' as const, is_drain_asked: false, stopped_taking: null };
  const row = { ...worker, ...fresh, started_at: now, seen_at: now };
  await db
    .insertInto('worker')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export interface SignOfLife {
  state: 'ready' | 'draining' | 'gone';
  /** Why it takes no runs by its own choice; null: it does. */
  stoppedTaking: string | null;
}

/** A sign of life, and what the worker is doing. @returns whether somebody wants it to take no more runs */
export async function markWorker(db: Db, id: string, sign: SignOfLife): Promise<boolean> {
  const row = await db
    .updateTable('worker')
    .set({
      state: sql<
        SignOfLife['state']
      >`case when is_drain_asked and ${sign.state} = 'ready' then 'draining' else ${sign.state} end`,
      stopped_taking: sign.stoppedTaking,
      seen_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', id)
    .returning('is_drain_asked')
    .executeTakeFirst();
  return row?.is_drain_asked ?? false;
}

/**
 * Keeps the wish that a worker takes no more runs, or takes some again; it learns of it with its next sign of life.
 * @param reference its id, or enough of the beginning to tell it from the others
 */
export async function askToDrain(
  db: Db,
  reference: string,
  isDrainAsked: boolean,
): Promise<{ id: string } | 'not-found' | 'ambiguous'> {
  const workers = await db
    .selectFrom('worker')
    .select('id')
    .where('state', '<>', 'gone')
    .where(sql<boolean>`starts_with(id, ${reference})`)
    .execute();
  const [worker] = workers.length === 1 ? workers : workers.filter(({ id }) => id === reference);
  if (worker === undefined) return workers.length === 0 ? 'not-found' : 'ambiguous';
  await db
    .updateTable('worker')
    .set({ is_drain_asked: isDrainAsked, state: isDrainAsked ? 'draining' : 'ready' })
    .where('id', '=', worker.id)
    .execute();
  return worker;
}

/** Whether a worker has said that it ends, or nothing for 10 minutes. False for one that this database does not know. */
export async function isLongGone(db: Db, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('worker')
    .select(sql<boolean>`state = 'gone' or seen_at < clock_timestamp() - interval '10 minutes'`.as('isGone'))
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.isGone === true;
}
