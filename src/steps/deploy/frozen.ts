import type { EnvironmentConfig } from '../../config/server-config.ts';
import { frozenAt, frozenText } from '../../domain/freeze.ts';
import type { RunFacts, StepResult } from '../step-handler.ts';
import { type Deployment, end } from './deployment.ts';

/** Ends a deployment that nothing was written for yet, where its environment is frozen; a rollback never. */
export async function endFrozen(deployment: Deployment): Promise<StepResult | undefined> {
  const { environment, step, context } = deployment;
  const isRollback = step.restore !== undefined && step.restore.corrects !== true;
  const reason = isRollback ? undefined : freezeOf(environment, context.run);
  return reason === undefined ? undefined : end(deployment, { outcome: 'rejected', reason });
}

/** Why nothing new may be done in an environment now, and how to go on afterwards; undefined where it may. */
export function freezeOf({ name, freeze }: EnvironmentConfig, run: RunFacts): string | undefined {
  const frozen = frozenAt(freeze, new Date());
  if (frozen === null) return undefined;
  return `${name} is frozen ${frozenText(frozen)}; "trunkline retry ${run.pipeline}#${run.number}" deploys it afterwards`;
}
