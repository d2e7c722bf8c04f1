import { sql } from 'kysely';
import { waitForWorker } from '../domain/wait-for-worker.ts';
import type { Db } from './database.ts';
import type { RunRow } from './runs.ts';
import { isLiving, isTaking } from './standing.ts';

/** Gives queued runs, and those whose worker has died, a reason that says so where no worker can take them now. */
export async function withWaitReasons<Row extends Pick<RunRow, 'id' | 'state' | 'reason' | 'runs_on'>>(
  db: Db,
  rows: Row[],
): Promise<Row[]> {
  const left = await runsLeft(
    db,
    rows.filter(({ state }) => state === 'running').map(({ id }) => id),
  );
  const isWaiting = ({ id, state, reason }: Row) => reason === null && (state === 'queued' || left.has(id));
  if (!rows.some(isWaiting)) return rows;
  const workers = await db
    .selectFrom('worker')
    .select(['labels', isTaking.as('isTaking')])
    .where(isLiving)
    .execute();
  return rows.map((row) => {
    if (!isWaiting(row)) return row;
    const wait = waitForWorker(row.runs_on, workers);
    return { ...row, reason: wait !== null && left.has(row.id) ? `its worker has gone; ${wait}` : wait };
  });
}

/** Those of these running runs that nobody works on: a worker that lives holds a lease. */
async function runsLeft(db: Db, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('lease')
    .select('run_id')
    .where('run_id', 'in', ids)
    .where('expires_at', '<', sql<Date>`clock_timestamp() - interval '5 seconds'`)
    .execute();
  return new Set(rows.map(({ run_id }) => run_id));
}
