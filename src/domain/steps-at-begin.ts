import type { StepDefinition } from './pipeline.ts';
import { nextSteps } from './plan.ts';

/**
 * The steps that wait for nothing, and so can begin in the moment in which their run does. Not those that deploy: whether a
 * newer run comes first is decided when they begin.
 */
export function stepsAtBegin(steps: readonly StepDefinition[]): ReadonlySet<string> {
  const { start } = nextSteps(steps, new Map());
  const isLate = ({ kind }: StepDefinition) => kind === 'deploy' || kind === 'job';
  const late = new Set(steps.filter(isLate).map(({ id }) => id));
  return new Set(start.filter((id) => !late.has(id)));
}
