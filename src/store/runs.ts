import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { Outcome, StepOutcome } from '../domain/outcome.ts';
import { type Channel, encodeRunNotice, type RunNotice } from './channels.ts';
import type { Db } from './database.ts';
import { assertHeld, type Lease, whileHeld } from './leases.ts';
import type { RunTable, StepTable } from './schema.ts';

export type RunRow = Selectable<RunTable>;
export type StepRow = Selectable<StepTable>;

export async function readRun(db: Db, runId: string): Promise<RunRow | undefined> {
  return db.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst();
}

export async function readSteps(db: Db, runId: string): Promise<StepRow[]> {
  return db.selectFrom('step').selectAll().where('run_id', '=', runId).orderBy('position').execute();
}

/** @throws Fault `lease-lost` */
export async function beginStep(db: Db, lease: Lease, stepId: string): Promise<number> {
  const row = await whileHeld(db, lease)
    .updateTable('step')
    .from('held')
    .set({
      state: 'running',
      outcome: null,
      reason: null,
      ended_at: null,
      progress: null,
      // A step that has waited goes on with the same attempt.
      attempt: sql<number>`step.attempt + case step.state when 'waiting' then 0 else 1 end`,
      started_at: sql<Date>`coalesce(step.started_at, clock_timestamp())`,
    })
    .whereRef('step.run_id', '=', 'held.held_run_id')
    .where('step.id', '=', stepId)
    .returning(['step.attempt', hasBegun(lease.runId)])
    .executeTakeFirst();
  assertHeld(lease, row === undefined ? 0 : 1);
  return row?.attempt ?? 0;
}

export interface StepEnd {
  outcome: StepOutcome;
  reason: string | null;
  output: JsonObject | null;
}

/** @throws Fault `lease-lost` */
export async function endStep(db: Db, lease: Lease, end: StepEnd & { stepId: string }): Promise<void> {
  const rows = await whileHeld(db, lease)
    .updateTable('step')
    .from('held')
    .set({
      state: 'ended',
      outcome: end.outcome,
      reason: end.reason,
      output: end.output === null ? null : JSON.stringify(end.output),
      ended_at: sql<Date>`clock_timestamp()`,
    })
    .whereRef('step.run_id', '=', 'held.held_run_id')
    .where('step.id', '=', end.stepId)
    .returning(stateChanged(lease.runId))
    .execute();
  assertHeld(lease, rows.length);
}

/** Keeps what a step has decided and begun outside, for whoever continues it. @throws Fault `lease-lost` */
export async function writeJournal(
  db: Db,
  lease: Lease,
  entry: { stepId: string; journal: JsonObject },
): Promise<void> {
  const rows = await whileHeld(db, lease)
    .updateTable('step')
    .from('held')
    .set({ journal: JSON.stringify(entry.journal) })
    .whereRef('step.run_id', '=', 'held.held_run_id')
    .where('step.id', '=', entry.stepId)
    .returning('step.id')
    .execute();
  assertHeld(lease, rows.length);
}

/** Makes ended steps pending again, because what they left is gone. @throws Fault `lease-lost` */
export async function resetSteps(db: Db, lease: Lease, stepIds: string[]): Promise<void> {
  if (stepIds.length === 0) return;
  const rows = await whileHeld(db, lease)
    .updateTable('step')
    .from('held')
    .set({
      state: 'pending',
      outcome: null,
      reason: null,
      output: null,
      journal: null,
      progress: null,
      ended_at: null,
    })
    .whereRef('step.run_id', '=', 'held.held_run_id')
    .where('step.id', 'in', stepIds)
    .returning(stateChanged(lease.runId))
    .execute();
  assertHeld(lease, rows.length);
}

/**
 * Ends a run and gives its lease back.
 * @returns whether there are other open runs in its group: they may wait for its end
 * @throws Fault `lease-lost`
 */
export async function endRun(
  db: Db,
  lease: Lease,
  { outcome, reason }: { outcome: Outcome; reason: string | null },
): Promise<boolean> {
  const { rows } = await sql<{ others: boolean | null }>`/* prepared: end-and-leave */
    select end_and_leave(${lease.runId}, ${lease.fencing}, ${outcome}, ${reason}) as others`.execute(db);
  const others = rows[0]?.others ?? null;
  assertHeld(lease, others === null ? 0 : 1);
  return others === true;
}

/** Ends a run that never began, and its steps. Within the caller's transaction, which holds the run's row. */
export async function endQueuedRun(
  tx: Db,
  runId: string,
  end: { outcome: Outcome; reason: string },
): Promise<boolean> {
  const rows = await tx
    .updateTable('run')
    .set({ state: 'ended', ...end, ended_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', runId)
    .where('state', '=', 'queued')
    .returning(stateChanged(runId))
    .execute();
  if (rows.length === 0) return false;
  await tx
    .updateTable('step')
    .set({ state: 'ended', outcome: 'skipped', reason: end.reason, ended_at: sql<Date>`clock_timestamp()` })
    .where('run_id', '=', runId)
    .where('state', '<>', 'ended')
    .execute();
  return true;
}

/** Tells every listener of the run that its state has changed, as part of the statement that changed it. */
export function stateChanged(runId: string) {
  return told({ run: runId, what: 'state' });
}

/** As `stateChanged`, where something was made or has begun. */
export function hasBegun(runId: string) {
  return told({ run: runId, what: 'begun' });
}

function told(notice: RunNotice) {
  const channel: Channel = 'trunkline_run';
  return sql<string>`pg_notify(${channel}, ${encodeRunNotice(notice)})::text`.as('notified');
}
