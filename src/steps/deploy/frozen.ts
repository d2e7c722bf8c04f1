import { frozenAt, frozenText } from '../../domain/freeze.ts';
import type { StepResult } from '../step-handler.ts';
import { type Deployment, end } from './deployment.ts';

/** Ends a deployment that nothing was written for yet, where its environment is frozen; a rollback never. */
export async function endFrozen(deployment: Deployment): Promise<StepResult | undefined> {
  const { environment, step, context } = deployment;
  const frozen = step.restore === undefined ? frozenAt(environment.freeze, new Date()) : null;
  if (frozen === null) return undefined;
  const { pipeline, number } = context.run;
  const reason = `${environment.name} is frozen ${frozenText(frozen)}; "trunkline retry ${pipeline}#${number}" deploys it afterwards`;
  return end(deployment, { outcome: 'rejected', reason });
}
