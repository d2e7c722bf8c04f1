import type { JsonObject } from '../domain/json.ts';
import type { Outcome } from '../domain/outcome.ts';
import { nextSteps, runOutcome, type StepStatus, stepsToRedo } from '../domain/plan.ts';
import { stopReasonOf } from '../domain/stop-reason.ts';
import { endRun, endStep, resetSteps } from '../store/runs.ts';
import type { Admission } from './admit-run.ts';
import { findAvailableImages } from './available-images.ts';
import type { Engine, RunLog } from './engine.ts';
import { executeStep } from './execute-step.ts';
import { isShuttingDown, type LeaseKeeper } from './lease-keeper.ts';
import { persist } from './persist.ts';
import type { RunWorkspace } from './workspaces.ts';

export type Admitted = Extract<Admission, { kind: 'admitted' }>;

/** One run in the hands of this worker. */
export interface Execution {
  readonly engine: Engine;
  readonly admitted: Admitted;
  readonly keeper: LeaseKeeper;
  readonly log: RunLog;
  readonly workspace: RunWorkspace;
  /** Aborted when the worker drains: steps that run are finished, no step is begun. */
  readonly draining: AbortSignal;
  /** As the database has them, but for `interrupted` steps, which are pending here until they are begun again. */
  readonly states: Map<string, StepStatus>;
  /** Steps that an earlier worker had begun. */
  readonly interrupted: ReadonlySet<string>;
  /** Why steps ended unhappily, in their order. */
  readonly reasons: Map<string, string>;
  readonly outputs: Map<string, JsonObject>;
  readonly journals: Map<string, JsonObject>;
}

/**
 * Executes what is left of an admitted run, from whatever point an earlier worker reached.
 * @returns `ended`, or `handed-over` when the rest is for another worker (drain, shutdown)
 * @throws Fault `lease-lost`
 */
export async function executeRun(execution: Execution): Promise<'ended' | 'handed-over'> {
  await redoUnlessCancelled(execution);
  await executeSteps(execution);
  const { engine, admitted, keeper, states, log } = execution;
  const stop = keeper.stop.aborted ? stopReasonOf(keeper.stop) : null;
  const isUnfinished = [...states.values()].some((step) => step.state !== 'ended');
  if (isShuttingDown(keeper) || (isUnfinished && stop === null)) return 'handed-over';
  if (stop?.kind === 'cancelled') await skipUnfinished(execution, `cancelled by ${stop.by}`);
  const end =
    stop?.kind === 'cancelled'
      ? { outcome: 'cancelled' as const, reason: `cancelled by ${stop.by}` }
      : endOf(execution);
  await log.flush();
  await persist(() => endRun(engine.db, admitted.lease, end), keeper.lost);
  return 'ended';
}

function endOf({ states, reasons }: Execution): { outcome: Outcome; reason: string | null } {
  const outcome = runOutcome(states.values()) ?? 'errored';
  const culprit = [...states].find(([, step]) => step.outcome === outcome)?.[0];
  if (outcome === 'succeeded' || culprit === undefined) return { outcome, reason: null };
  return { outcome, reason: `${culprit}: ${reasons.get(culprit) ?? outcome}` };
}

/** Runs steps as their needs are met, side by side, until none is left or the run is stopped. */
async function executeSteps(execution: Execution): Promise<void> {
  const running = new Map<string, Promise<void>>();
  try {
    await beginNext(execution, running);
    while (running.size > 0) {
      await Promise.race(running.values());
      await beginNext(execution, running);
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}

/** Skips what can never begin and begins what may. */
async function beginNext(execution: Execution, running: Map<string, Promise<void>>): Promise<void> {
  const { admitted, keeper, states, draining } = execution;
  const { start, skip } = nextSteps(admitted.pipeline.steps, states);
  for (const stepId of skip) await skipStep(execution, stepId, 'a step that it needs did not succeed');
  const mayBegin = !keeper.stop.aborted && !draining.aborted;
  for (const stepId of mayBegin ? start : toEndInGoodOrder(execution, start)) {
    const step = executeStep(execution, stepId).finally(() => running.delete(stepId));
    running.set(stepId, step);
  }
}

/** A cancelled run needs no image any more; an engine that does not answer must not keep it from its end. */
async function redoUnlessCancelled(execution: Execution): Promise<void> {
  const { stop } = execution.keeper;
  const isCancelled = () => stop.aborted && stopReasonOf(stop).kind === 'cancelled';
  try {
    if (!isCancelled()) await redoWhatWasLost(execution);
  } catch (error) {
    if (!isCancelled()) throw error;
  }
}

/** A cancelled run's step that an earlier worker began (a rollout, say) must still be ended in good order. */
function toEndInGoodOrder({ keeper, interrupted }: Execution, start: string[]): string[] {
  if (!keeper.stop.aborted || stopReasonOf(keeper.stop).kind !== 'cancelled') return [];
  return start.filter((stepId) => interrupted.has(stepId));
}

/** Decision 3: an image that only a dead worker's engine had is built again, with all that consumed it. */
async function redoWhatWasLost(execution: Execution): Promise<void> {
  const { engine, admitted, keeper, states, outputs, journals, log } = execution;
  const available = await findAvailableImages(execution);
  const redo = stepsToRedo(admitted.pipeline, states, (stepId) => available.has(stepId));
  if (redo.length === 0) return;
  await persist(() => resetSteps(engine.db, admitted.lease, redo), keeper.lost);
  for (const stepId of redo) {
    states.set(stepId, { state: 'pending', outcome: null });
    outputs.delete(stepId);
    journals.delete(stepId);
    log.write(
      stepId,
      'The image of this run was lost with the worker that built it: the step is done again.\n',
    );
  }
}

async function skipUnfinished(execution: Execution, reason: string): Promise<void> {
  for (const [stepId, step] of execution.states) {
    if (step.state !== 'ended') await skipStep(execution, stepId, reason);
  }
}

async function skipStep(execution: Execution, stepId: string, reason: string): Promise<void> {
  const { engine, admitted, keeper, states } = execution;
  const end = { stepId, outcome: 'skipped', reason, output: null } as const;
  await persist(() => endStep(engine.db, admitted.lease, end), keeper.lost);
  states.set(stepId, { state: 'ended', outcome: 'skipped' });
}
