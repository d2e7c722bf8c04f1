import type { Outcome, StepOutcome, StepState } from './outcome.ts';
import type { DeployStep, JobStep, StepDefinition } from './pipeline.ts';
import { ancestorsOf } from './step-graph.ts';

/** Where a step stands; `outcome` is set exactly when the state is `ended`. */
export interface StepStatus {
  state: StepState;
  outcome: StepOutcome | null;
}
/** By step id; a step that is missing is pending. */
export type StepStatuses = ReadonlyMap<string, StepStatus>;

export interface StepSkip {
  stepId: string;
  /** One line. */
  reason: string;
}

/**
 * What the engine does next: pending steps that may start, and steps that are to end as `skipped` because they can never
 * start any more (a whole chain at once), or wait for people who have nothing left to decide about. Ending steps may free others: to be asked again after each skip. Both empty
 * while nothing runs: the run has ended.
 */
export function nextSteps(
  steps: readonly StepDefinition[],
  statuses: StepStatuses,
): { start: string[]; skip: StepSkip[] } {
  return nextOf(steps, statuses, false);
}

function nextOf(
  steps: readonly StepDefinition[],
  statuses: StepStatuses,
  isCancelled: boolean,
): { start: string[]; skip: StepSkip[] } {
  const unsound = unsoundSteps(steps, statuses);
  const start: string[] = [];
  const skip: StepSkip[] = [];
  const isOpen = ({ id, kind }: StepDefinition) =>
    stateOf(statuses, id) === 'pending' || (kind === 'approve' && stateOf(statuses, id) === 'waiting');
  for (const step of steps.filter(isOpen)) {
    const next = verdictOn(step, { steps, statuses, unsound, isCancelled });
    if (next === 'start' && stateOf(statuses, step.id) === 'waiting') continue;
    if (next === 'start') start.push(step.id);
    else if (next !== 'wait') skip.push({ stepId: step.id, reason: next.skip });
  }
  return { start, skip };
}

/**
 * As `nextSteps`, of a run that somebody has cancelled: steps that run `on-cancel` or `always` may start, and those that an earlier worker
 * began (`interrupted`): a rollout, say, must be ended in good order. All others that are pending are skipped.
 */
export function nextAfterCancel(
  steps: readonly StepDefinition[],
  statuses: StepStatuses,
  { reason, interrupted }: { reason: string; interrupted: ReadonlySet<string> },
): { start: string[]; skip: StepSkip[] } {
  const next = nextOf(steps, statuses, true);
  const cleansUp = (id: string) => runsAfterCancel(steps.find((step) => step.id === id));
  const start = next.start.filter((id) => interrupted.has(id) || cleansUp(id));
  const dropped = steps
    .filter(({ id }) => stateOf(statuses, id) === 'pending' && !cleansUp(id) && !start.includes(id))
    .map(({ id }) => ({ stepId: id, reason }));
  return { start, skip: [...dropped, ...next.skip.filter(({ stepId }) => cleansUp(stepId))] };
}

/**
 * The run's outcome once all its steps have ended, else null. Where steps ended unhappily in several ways, a person's or the
 * queue's decision counts before a failure of the user's, and that before a fault of ours: repeating the run would not mend it.
 */
export function runOutcome(steps: readonly StepDefinition[], statuses: StepStatuses): Outcome | null {
  if (steps.some((step) => stateOf(statuses, step.id) !== 'ended')) return null;
  const ends = new Set(
    steps.filter((step) => !isAllowedFailure(step, statuses)).map(({ id }) => statuses.get(id)?.outcome),
  );
  return unhappyByWeight.find((outcome) => ends.has(outcome)) ?? 'succeeded';
}

/** Whether the step has failed in a way that its `allow-failure` turns into a warning. */
export function isAllowedFailure(
  step: Pick<StepDefinition, 'id' | 'allowFailure'>,
  statuses: StepStatuses,
): boolean {
  return step.allowFailure === true && hasFailed(statuses, step.id);
}

const unhappyByWeight = ['cancelled', 'superseded', 'rejected', 'failed', 'timed-out', 'errored'] as const;
const failures: readonly (StepOutcome | null)[] = ['rejected', 'failed', 'timed-out', 'errored'];
const allowableFailures: readonly (StepOutcome | null)[] = ['failed', 'timed-out', 'errored'];

interface Plan {
  steps: readonly StepDefinition[];
  statuses: StepStatuses;
  unsound: ReadonlySet<string>;
  isCancelled: boolean;
}

function verdictOn(step: StepDefinition, plan: Plan): 'start' | 'wait' | { skip: string } {
  const { steps, statuses, unsound, isCancelled } = plan;
  const runWhen = runWhenOf(step);
  if (runWhen === 'on-success' && step.needs.some((id) => unsound.has(id)))
    return { skip: 'a step that it needs did not succeed' };
  if (step.kind === 'approve' && isIdleApproval(step, plan))
    return { skip: 'nothing that waits for the approval is to be done any more' };
  if (!step.needs.every((id) => stateOf(statuses, id) === 'ended')) return 'wait';
  if (runWhen === 'on-failure' && !followsFailure(step, steps, statuses))
    return { skip: 'no step before it has failed' };
  if (runWhen === 'on-cancel' && !isCancelled) return { skip: 'the run was not cancelled' };
  if (step.skip !== undefined) return { skip: step.skip };
  const missing = missingImage(step, steps, statuses);
  return missing === null ? 'start' : { skip: `step ${missing} has left no image` };
}

/** What would follow a success has been skipped; an approval that nothing ever waited for stands for itself. */
function isIdleApproval({ id }: StepDefinition, { steps, statuses }: Plan): boolean {
  const after = steps.filter(
    (step) => runWhenOf(step) === 'on-success' && ancestorsOf(steps, step.id).has(id),
  );
  return after.length > 0 && after.every((step) => statuses.get(step.id)?.outcome === 'skipped');
}

/** The step that was to leave an image for this one, and has not. */
function missingImage(step: StepDefinition, steps: Plan['steps'], statuses: StepStatuses): string | null {
  const isMissing = ({ id }: StepDefinition) => !hasSucceeded(statuses, id);
  if (step.kind !== 'deploy' && step.kind !== 'job')
    return steps.find((build) => consumes(step, build.id) && isMissing(build))?.id ?? null;
  const before = ancestorsOf(steps, step.id);
  const pushes = steps.filter((push) => push.kind === 'push' && before.has(push.id));
  // Which images a manifest names shows only when it is read: none may be missing.
  const builds = namedBuilds(step);
  if (builds === null) return pushes.find(isMissing)?.id ?? null;
  const isPushed = (build: string) => pushes.some((push) => consumes(push, build) && !isMissing(push));
  return builds.find((build) => !isPushed(build)) ?? null;
}

/** null: a manifest names them. */
function namedBuilds(step: DeployStep | JobStep): string[] | null {
  if (step.kind === 'deploy' && step.undoes !== undefined) return [];
  if (step.kind === 'deploy') return step.workload === null ? null : Object.values(step.workload.images);
  return 'step' in step.source ? [step.source.step] : null;
}

/**
 * Steps that ended badly, and whatever stands behind one, also where it ran in spite of that and succeeded: a deploy after a
 * report that runs `always` must not begin when the test before the report has failed. A skipped step is as sound as what it needs.
 */
export function unsoundSteps(steps: readonly StepDefinition[], statuses: StepStatuses): Set<string> {
  const unsound = new Set<string>();
  const isUnsound = (step: StepDefinition) =>
    step.needs.some((id) => unsound.has(id)) || hasEndedBadly(step, statuses);
  for (let before = -1; before < unsound.size; ) {
    before = unsound.size;
    for (const step of steps.filter(isUnsound)) unsound.add(step.id);
  }
  return unsound;
}

function hasEndedBadly(step: StepDefinition, statuses: StepStatuses): boolean {
  const outcome = statuses.get(step.id)?.outcome ?? null;
  if (outcome === null || outcome === 'succeeded' || outcome === 'skipped') return false;
  return !isAllowedFailure(step, statuses);
}

function followsFailure(step: StepDefinition, steps: Plan['steps'], statuses: StepStatuses): boolean {
  const before = ancestorsOf(steps, step.id);
  return steps.some(
    (other) =>
      before.has(other.id) &&
      failures.includes(statuses.get(other.id)?.outcome ?? null) &&
      !isAllowedFailure(other, statuses),
  );
}

/** Whether the step reads the built image from an engine; a deploy names a pushed digest instead. */
export function consumes(step: StepDefinition, build: string): boolean {
  if (step.kind === 'push') return step.image === build;
  return step.kind === 'run' && 'step' in step.from && step.from.step === build;
}

/** Whether the step begins, or goes on, after the run was cancelled. */
export function runsAfterCancel(step: Pick<StepDefinition, 'runWhen'> | undefined): boolean {
  return step?.runWhen === 'always' || step?.runWhen === 'on-cancel';
}

export function runWhenOf(step: StepDefinition) {
  return step.runWhen ?? 'on-success';
}

export function stateOf(statuses: StepStatuses, id: string): StepState {
  return statuses.get(id)?.state ?? 'pending';
}

export function hasSucceeded(statuses: StepStatuses, id: string): boolean {
  return statuses.get(id)?.outcome === 'succeeded';
}

function hasFailed(statuses: StepStatuses, id: string): boolean {
  return allowableFailures.includes(statuses.get(id)?.outcome ?? null);
}
