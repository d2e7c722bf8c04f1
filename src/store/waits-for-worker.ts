import { waitForWorker } from '../domain/wait-for-worker.ts';
import type { Db } from './database.ts';
import type { RunRow } from './runs.ts';
import { isLiving, isTaking } from './standing.ts';

/** Gives queued runs that no worker can take now a reason that says so. */
export async function withWaitReasons<Row extends Pick<RunRow, 'state' | 'reason' | 'runs_on'>>(
  db: Db,
  rows: Row[],
): Promise<Row[]> {
  const isWaiting = ({ state, reason }: Row) => state === 'queued' && reason === null;
  if (!rows.some(isWaiting)) return rows;
  const workers = await db
    .selectFrom('worker')
    .select(['labels', isTaking.as('isTaking')])
    .where(isLiving)
    .execute();
  return rows.map((row) => (isWaiting(row) ? { ...row, reason: waitForWorker(row.runs_on, workers) } : row));
}
