import { Fault } from '../domain/fault.ts';
import type { JsonObject } from '../domain/json.ts';
import { nextAfterCancel, nextSteps, type StepStatus } from '../domain/plan.ts';
import { stepsToRedo } from '../domain/plan-again.ts';
import type { StepWait } from '../steps/step-handler.ts';
import type { EndStored, Successor } from '../store/end-together.ts';
import { endRun, endStep, resetSteps } from '../store/runs.ts';
import type { Admission } from './admit-run.ts';
import { findAvailableImages } from './available-images.ts';
import type { Engine, RunLog } from './engine.ts';
import { executeStep } from './execute-step.ts';
import { isShuttingDown, type LeaseKeeper } from './lease-keeper.ts';
import type { Leftovers } from './leftovers.ts';
import { persist } from './persist.ts';
import { cancelledEnd, cancelOf, runEnd } from './run-end.ts';
import { endWaits, listenForNews } from './wait-for-news.ts';
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
  /** Attempts that the database has as begun already, with the run, and that this worker has still to make. */
  readonly begun: Map<string, number>;
  /** Steps that wait for something outside. */
  readonly waits: Map<string, StepWait>;
  /** What steps have left to be done beside the rest of the run. */
  readonly leftovers: Leftovers;
  readonly endRun: EndRun;
  /** null until the end of the run is stored. */
  end: { areThereOthers: boolean } | null;
}

/**
 * Has the end of a run stored, so that the next one begins with it where the worker wants one (else null), which works on that
 * one then while this one is cleared away.
 */
export type EndRun = (store: (successor: Successor | null) => Promise<EndStored>) => Promise<EndStored>;

/** `ended-alone`: no other run of its group can have waited for its end. */
export type ExecutionEnd = 'ended' | 'ended-alone' | 'handed-over' | 'waiting';

/**
 * Executes what is left of an admitted run, from whatever point an earlier worker reached.
 * @returns `ended`, with the lease given back; `handed-over` when the rest is for another worker (drain, shutdown); `waiting` when it is left to
 * itself until there is news
 * @throws Fault `lease-lost`
 */
export async function executeRun(execution: Execution): Promise<ExecutionEnd> {
  await redoUnlessCancelled(execution);
  if ((await executeSteps(execution)) === 'waiting') return 'waiting';
  const { engine, admitted, keeper, states, log } = execution;
  const isUnfinished = [...states.values()].some((step) => step.state !== 'ended');
  if (isUnfinished && keeper.lost.aborted) throw takenOver(admitted.run.id);
  if (execution.end === null && (isShuttingDown(keeper) || isUnfinished)) return 'handed-over';
  if (execution.end === null) {
    await log.flush();
    const end = runEnd(execution, states);
    const areThereOthers = await persist(() => endRun(engine.db, admitted.lease, end), keeper.lost);
    execution.end = { areThereOthers };
  }
  return execution.end.areThereOthers ? 'ended' : 'ended-alone';
}

/** Runs steps as their needs are met, side by side, until none is left, all that is left waits, or the run is stopped. */
async function executeSteps(execution: Execution): Promise<'done' | 'waiting'> {
  const running = new Map<string, Promise<void>>();
  const news = listenForNews(execution);
  try {
    for (;;) {
      await beginNext(execution, running);
      const isWaiting = execution.waits.size > 0;
      if (running.size === 0 && !isWaiting) return 'done';
      if (!isWaiting) await Promise.race(running.values());
      else if (running.size === 0 && (await news.park())) return 'waiting';
      else await news.hear([...running.values()]);
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}

/** Skips what can never begin and begins what may. */
async function beginNext(execution: Execution, running: Map<string, Promise<void>>): Promise<void> {
  for (const stepId of await settleNext(execution)) {
    const step = executeStep(execution, stepId).finally(() => running.delete(stepId));
    running.set(stepId, step);
  }
}

/** @returns the steps that may begin now */
async function settleNext(execution: Execution): Promise<string[]> {
  // A run that is stopped waits for nothing any more.
  if (execution.keeper.stop.aborted) endWaits(execution);
  let next = nextOf(execution);
  while (next.skip.length > 0) {
    for (const { stepId, reason } of next.skip) await skipStep(execution, stepId, reason);
    next = nextOf(execution);
  }
  const { keeper, draining, interrupted, begun } = execution;
  if (keeper.handedOver.aborted) return [];
  if (!draining.aborted) return next.start;
  const isToEnd = cancelOf(execution) !== null;
  return next.start.filter((stepId) => begun.has(stepId) || (isToEnd && interrupted.has(stepId)));
}

function nextOf(execution: Execution): ReturnType<typeof nextSteps> {
  const { admitted, states, interrupted } = execution;
  const cancel = cancelOf(execution);
  const { steps } = admitted.pipeline;
  if (cancel === null) return nextSteps(steps, states);
  return nextAfterCancel(steps, states, { reason: cancelledEnd(cancel).reason, interrupted });
}

function takenOver(runId: string): Fault {
  return new Fault('lease-lost', `run ${runId} was taken over by another worker`);
}

/** A cancelled run needs no image any more; an engine that does not answer must not keep it from its end. */
async function redoUnlessCancelled(execution: Execution): Promise<void> {
  try {
    if (cancelOf(execution) === null) await redoWhatWasLost(execution);
  } catch (error) {
    if (cancelOf(execution) === null) throw error;
  }
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

async function skipStep(execution: Execution, stepId: string, reason: string): Promise<void> {
  const { engine, admitted, keeper, states, waits } = execution;
  const end = { stepId, outcome: 'skipped', reason, output: null } as const;
  await persist(() => endStep(engine.db, admitted.lease, end), keeper.lost);
  waits.delete(stepId);
  states.set(stepId, { state: 'ended', outcome: 'skipped' });
}
