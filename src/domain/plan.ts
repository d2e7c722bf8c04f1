import type { Outcome, StepOutcome, StepState } from './outcome.ts';
import type { StepDefinition } from './pipeline.ts';
import type { StepNode } from './step-graph.ts';

/** Where a step stands; `outcome` is set exactly when the state is `ended`. */
export interface StepStatus {
  state: StepState;
  outcome: StepOutcome | null;
}
/** By step id; a step that is missing is pending. */
export type StepStatuses = ReadonlyMap<string, StepStatus>;

/**
 * What the engine does next: pending steps whose needs have all succeeded may start, pending steps that can never start any
 * more are to end as `skipped` (a whole chain at once). Both empty while nothing runs: the run has ended.
 */
export function nextSteps(
  steps: readonly StepNode[],
  statuses: StepStatuses,
): { start: string[]; skip: string[] } {
  const doomed = doomedSteps(steps, statuses);
  const pending = steps.filter((step) => stateOf(statuses, step.id) === 'pending');
  return {
    start: pending
      .filter((step) => step.needs.every((id) => hasSucceeded(statuses, id)))
      .map((step) => step.id),
    skip: pending.filter((step) => doomed.has(step.id)).map((step) => step.id),
  };
}

/**
 * The run's outcome once all its steps have ended, else null. Where steps ended unhappily in several ways, a person's or the
 * queue's decision counts before a failure of the user's, and that before a fault of ours: repeating the run would not mend it.
 */
export function runOutcome(statuses: Iterable<StepStatus>): Outcome | null {
  const ends = new Set<StepOutcome>();
  for (const status of statuses) {
    if (status.state !== 'ended' || status.outcome === null) return null;
    ends.add(status.outcome);
  }
  const unhappy = unhappyByWeight.find((outcome) => ends.has(outcome));
  if (unhappy !== undefined) return unhappy;
  return ends.has('skipped') ? 'cancelled' : 'succeeded';
}

/**
 * Decision after a take-over: a build that has succeeded, whose image is gone (`isImageAvailable` is asked with the build
 * step's id and answers for the local engine and the registry together) and that an unfinished step still consumes, is done
 * again, and with it everything that consumed the lost image: the `run` steps that worked from it and the unfinished pushes.
 * A completed push stays: what it pushed is named by digest and no longer depends on an engine.
 * @returns ids in the file's order; the engine sets them back to pending, without output and journal
 */
export function stepsToRedo(
  pipeline: { readonly steps: readonly StepDefinition[] },
  statuses: StepStatuses,
  isImageAvailable: (buildStepId: string) => boolean,
): string[] {
  const doomed = doomedSteps(pipeline.steps, statuses);
  const isUnfinished = (step: StepDefinition) =>
    stateOf(statuses, step.id) !== 'ended' && !doomed.has(step.id);
  const lost = pipeline.steps
    .filter((step) => step.kind === 'build' && hasSucceeded(statuses, step.id))
    .map((step) => step.id)
    .filter((build) => pipeline.steps.some((step) => consumes(step, build) && isUnfinished(step)))
    .filter((build) => !isImageAvailable(build));
  const isToRedo = (step: StepDefinition) =>
    lost.includes(step.id) ||
    (lost.some((build) => consumes(step, build)) &&
      (isUnfinished(step) || (step.kind === 'run' && hasSucceeded(statuses, step.id))));
  return pipeline.steps.filter(isToRedo).map((step) => step.id);
}

const unhappyByWeight = ['cancelled', 'superseded', 'rejected', 'failed', 'timed-out', 'errored'] as const;

/** Steps that have not begun and cannot: something they need, directly or through others, ended without success. */
function doomedSteps(steps: readonly StepNode[], statuses: StepStatuses): Set<string> {
  const doomed = new Set<string>();
  const isDoomed = (step: StepNode) =>
    stateOf(statuses, step.id) === 'pending' &&
    step.needs.some(
      (id) => doomed.has(id) || (stateOf(statuses, id) === 'ended' && !hasSucceeded(statuses, id)),
    );
  for (let before = -1; before < doomed.size; ) {
    before = doomed.size;
    for (const step of steps.filter(isDoomed)) doomed.add(step.id);
  }
  return doomed;
}

/** Whether the step reads the built image from an engine; a deploy names a pushed digest instead. */
function consumes(step: StepDefinition, build: string): boolean {
  if (step.kind === 'push') return step.image === build;
  return step.kind === 'run' && 'step' in step.from && step.from.step === build;
}

function stateOf(statuses: StepStatuses, id: string): StepState {
  return statuses.get(id)?.state ?? 'pending';
}

function hasSucceeded(statuses: StepStatuses, id: string): boolean {
  return statuses.get(id)?.outcome === 'succeeded';
}
