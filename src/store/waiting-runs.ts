import { sql } from 'kysely';
import type { Db } from './database.ts';
import { assertHeld, confirmLease, type Lease, whileHeld } from './leases.ts';
import { stateChanged } from './runs.ts';

/** Keeps that a step waits for something outside, and for what. @throws Fault `lease-lost` */
export async function waitStep(
  db: Db,
  lease: Lease,
  wait: { stepId: string; reason: string },
): Promise<void> {
  const rows = await whileHeld(db, lease)
    .updateTable('step')
    .from('held')
    .set({ state: 'waiting', reason: wait.reason })
    .whereRef('step.run_id', '=', 'held.held_run_id')
    .where('step.id', '=', wait.stepId)
    .returning(stateChanged(lease.runId))
    .execute();
  assertHeld(lease, rows.length);
}

/** How much news a run has had, and when that was asked, by the clock of the database. To be read before the steps that wait look for theirs. */
export async function readWakes(db: Db, runId: string): Promise<{ wakes: number; now: Date }> {
  return db
    .selectFrom('run')
    .select(['wakes', sql<Date>`clock_timestamp()`.as('now')])
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
}

/**
 * Leaves a run to itself until there is news, at the latest until `wakeAt`, by the clock of the database. Its lease is to be
 * given back after.
 * @returns false where there has been news since `wakes` was read, or a wish to cancel, or that time has come: the run is
 * still the worker's
 * @throws Fault `lease-lost`
 */
export async function parkRun(
  db: Db,
  lease: Lease,
  park: { wakeAt: Date; wakes: number; reason: string },
): Promise<boolean> {
  const rows = await whileHeld(db, lease)
    .updateTable('run')
    .from('held')
    .set({ state: 'waiting', wake_at: park.wakeAt, reason: park.reason })
    .whereRef('run.id', '=', 'held.held_run_id')
    .where('run.wakes', '=', park.wakes)
    .where('run.cancel_requested_at', 'is', null)
    .where(sql<boolean>`clock_timestamp() < ${park.wakeAt}`)
    .returning(stateChanged(lease.runId))
    .execute();
  if (rows.length === 0) await confirmLease(db, lease);
  return rows.length > 0;
}

/** There is news for a run: one that waits may go on. Within the caller's transaction, which holds the run's row. */
export async function wakeRun(tx: Db, runId: string): Promise<void> {
  await tx
    .updateTable('run')
    .set({ wakes: sql<number>`wakes + 1`, wake_at: null })
    .where('id', '=', runId)
    .where('state', '<>', 'ended')
    .returning(stateChanged(runId))
    .execute();
}

/** Whether a run that was left to itself has had news meanwhile. */
export async function isWoken(db: Db, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('run')
    .select('id')
    .where('id', '=', runId)
    .where('state', '=', 'waiting')
    .where('wake_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}
