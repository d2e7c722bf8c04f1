import type { StepDefinition } from './pipeline.ts';
import { consumes, hasSucceeded, runWhenOf, type StepStatuses, stateOf, unsoundSteps } from './plan.ts';
import { ancestorsOf, type StepNode } from './step-graph.ts';

/**
 * The succeeded steps before which nothing went wrong, and which were not undone: a run that repeats this one need not do
 * them again.
 */
export function stepsToKeep(steps: readonly StepDefinition[], statuses: StepStatuses): string[] {
  const unsound = unsoundSteps(steps, statuses);
  const undone = undoneSteps(steps, statuses);
  const isKept = (step: StepDefinition) =>
    hasSucceeded(statuses, step.id) &&
    !unsound.has(step.id) &&
    !undone.includes(step.id) &&
    !isAfter(steps, step, undone) &&
    !endsAnew(steps, step, statuses);
  return steps.filter(isKept).map(({ id }) => id);
}

/**
 * Whether a step that follows how others have ended is to follow how they end in a repetition: one that a cancel has kept from
 * beginning was skipped, as one is whose condition does not hold.
 */
function endsAnew(steps: readonly StepDefinition[], step: StepDefinition, statuses: StepStatuses): boolean {
  if (runWhenOf(step) === 'on-success') return false;
  return (
    step.runWhen === 'on-cancel' || [...ancestorsOf(steps, step.id)].some((id) => !hasSucceeded(statuses, id))
  );
}

/** Deploy steps whose rollouts were taken back, or half so. */
function undoneSteps(steps: readonly StepDefinition[], statuses: StepStatuses): string[] {
  return steps.flatMap((step) => {
    const hasBegun = stateOf(statuses, step.id) === 'ended' && statuses.get(step.id)?.outcome !== 'skipped';
    return step.kind === 'deploy' && step.undoes !== undefined && hasBegun ? [step.undoes] : [];
  });
}

/**
 * Decision after a take-over: a build that has succeeded, whose image is gone (`isImageAvailable` is asked with the build
 * step's id and answers for the local engine and the registry together) and that an unfinished step still consumes, is done
 * again, and with it everything that consumed the lost image: the `run` steps that worked from it and the unfinished pushes;
 * and every approval that was given after it, of an image that is no more. A completed push stays: what it pushed is named by digest and no longer depends on an engine.
 * @returns ids in the file's order; the engine sets them back to pending, without output and journal
 */
export function stepsToRedo(
  pipeline: { readonly steps: readonly StepDefinition[] },
  statuses: StepStatuses,
  isImageAvailable: (buildStepId: string) => boolean,
): string[] {
  const { steps } = pipeline;
  const unsound = unsoundSteps(steps, statuses);
  const isDoomed = (step: StepDefinition) =>
    runWhenOf(step) === 'on-success' && step.needs.some((id) => unsound.has(id));
  const isUnfinished = (step: StepDefinition) => stateOf(statuses, step.id) !== 'ended' && !isDoomed(step);
  const lost = steps
    .filter((step) => step.kind === 'build' && hasSucceeded(statuses, step.id))
    .map((step) => step.id)
    .filter((build) => steps.some((step) => consumes(step, build) && isUnfinished(step)))
    .filter((build) => !isImageAvailable(build));
  const isToRedo = (step: StepDefinition) =>
    lost.includes(step.id) ||
    (step.kind === 'approve' && isAfter(pipeline.steps, step, lost) && !isDoomed(step)) ||
    (lost.some((build) => consumes(step, build)) &&
      (isUnfinished(step) || (step.kind === 'run' && hasSucceeded(statuses, step.id))));
  return steps.filter(isToRedo).map((step) => step.id);
}

function isAfter(steps: readonly StepNode[], step: StepNode, builds: readonly string[]): boolean {
  const before = ancestorsOf(steps, step.id);
  return builds.some((build) => before.has(build));
}
