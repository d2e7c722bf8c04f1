import type { BuiltImage } from '../clusters/cluster.ts';
import type { DeployStep, JobStep } from '../domain/pipeline.ts';
import { pushesIn } from '../domain/step-output.ts';
import { takenElsewhere } from '../domain/taken-elsewhere.ts';
import type { StepContext } from './step-handler.ts';

/** What the run has pushed so far, for a step that brings it into a cluster. */
export function pushedImages(
  { outputs, steps }: Pick<StepContext, 'outputs' | 'steps'>,
  step: DeployStep | JobStep,
): BuiltImage[] {
  const elsewhere = takenElsewhere(step, steps);
  return pushesIn(outputs.values()).map((push) => ({
    step: push.image,
    name: push.name,
    reference: `${push.repository}@${push.digest}`,
    isTakenElsewhere: elsewhere.has(push.image),
  }));
}
