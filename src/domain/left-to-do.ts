import type { StepOutcome } from './outcome.ts';
import type { StepDefinition } from './pipeline.ts';
import { nextSteps, type StepStatus, type StepStatuses } from './plan.ts';

/** Whether steps begin once others have ended so; else the run needs nothing more than to be ended. */
export function beginsMore(
  steps: readonly StepDefinition[],
  statuses: StepStatuses,
  ends: ReadonlyMap<string, StepOutcome>,
): boolean {
  const known = new Map(statuses);
  for (const [id, outcome] of ends) known.set(id, ended(outcome));
  let next = nextSteps(steps, known);
  while (next.skip.length > 0) {
    for (const { stepId } of next.skip) known.set(stepId, ended('skipped'));
    next = nextSteps(steps, known);
  }
  return next.start.length > 0;
}

function ended(outcome: StepOutcome): StepStatus {
  return { state: 'ended', outcome };
}
