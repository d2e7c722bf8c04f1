import type { StepDefinition } from './pipeline.ts';
import { outputsIn } from './template.ts';

/** The steps, of which the pushes know whether a build of the pipeline stands on what they push. */
export function withBases(steps: readonly StepDefinition[]): StepDefinition[] {
  const read = steps.flatMap((step) => (step.kind === 'build' ? Object.values(step.args) : []));
  const bases = new Set(read.flatMap(outputsIn).map(({ stepId }) => stepId));
  return steps.map((step) => (step.kind === 'push' && bases.has(step.id) ? { ...step, isBase: true } : step));
}
