import { isMaker } from '../domain/approval.ts';
import type { ApproveStep, Pipeline } from '../domain/pipeline.ts';
import { readApprovalJournal } from '../steps/approve-step.ts';
import { storeDecision } from '../store/approvals.ts';
import { readClock } from '../store/clock-put-back.ts';
import type { Db } from '../store/database.ts';
import { type RunRow, readSteps, type StepRow } from '../store/runs.ts';
import { wakeRun } from '../store/waiting-runs.ts';

export interface DecisionWish {
  runId: string;
  stepId: string;
  verdict: 'approved' | 'rejected';
  /** Who decides, and what they may approve. */
  by: { name: string; roles: readonly string[] };
  comment: string | null;
  /** Fingerprint of what they have seen; null: they decide about whatever is asked for now. */
  subject: string | null;
}

/** Why nothing was decided; a person's mistake, not ours. */
export type DecisionRefusal =
  | { refused: 'no-such-step'; approveSteps: string[] }
  | { refused: 'not-waiting' }
  | { refused: 'role-missing'; roles: string[] }
  | { refused: 'is-author' }
  | { refused: 'changed' };

export type DecisionReceipt = { decided: true } | DecisionRefusal;

/** Stores what somebody has decided, and wakes the run. Within the caller's transaction; deliver the run after it. */
export async function decideApproval(tx: Db, wish: DecisionWish): Promise<DecisionReceipt> {
  const run = await tx
    .selectFrom('run')
    .selectAll()
    .where('id', '=', wish.runId)
    .forUpdate()
    .executeTakeFirst();
  if (run === undefined) return { refused: 'no-such-step', approveSteps: [] };
  const steps = await readSteps(tx, run.id);
  const row = steps.find(({ id, kind }) => id === wish.stepId && kind === 'approve');
  const definition = definitionOf(run, wish.stepId);
  if (row === undefined || definition === undefined) {
    return { refused: 'no-such-step', approveSteps: steps.filter(isApproval).map(({ id }) => id) };
  }
  const entry = run.state === 'ended' || row.state === 'ended' ? undefined : readApprovalJournal(row.journal);
  if (entry === undefined || Date.parse(entry.until) <= (await readClock(tx)))
    return { refused: 'not-waiting' };
  const refusal = refusalOf(wish, { run, definition, fingerprint: entry.fingerprint });
  if (refusal !== null) return refusal;
  const { verdict, comment, by } = wish;
  const roles = by.roles.filter((role) => definition.by.includes(role));
  const about = { run_id: run.id, step_id: row.id, subject: entry.fingerprint };
  await storeDecision(tx, { ...about, who: by.name, roles, verdict, comment });
  await wakeRun(tx, run.id);
  return { decided: true };
}

interface Asked {
  run: RunRow;
  definition: ApproveStep;
  fingerprint: string;
}

function refusalOf(
  { by, verdict, subject }: DecisionWish,
  { run, definition, fingerprint }: Asked,
): DecisionRefusal | null {
  if (!by.roles.some((role) => definition.by.includes(role))) {
    return { refused: 'role-missing', roles: definition.by };
  }
  const makers = { author: run.author, told: run.told, requestedBy: run.requested_by };
  if (verdict === 'approved' && definition.notAuthor && isMaker(by.name, makers))
    return { refused: 'is-author' };
  return subject === null || subject === fingerprint ? null : { refused: 'changed' };
}

function definitionOf(run: RunRow, stepId: string): ApproveStep | undefined {
  const { steps } = run.definition as unknown as Pipeline;
  return steps.find((step): step is ApproveStep => step.id === stepId && step.kind === 'approve');
}

function isApproval({ kind }: StepRow): boolean {
  return kind === 'approve';
}
