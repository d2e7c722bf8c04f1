import type { RolloutPlan } from '../../clusters/cluster.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import { findFailedBefore } from '../../store/quarantine.ts';
import { workloadOf } from '../../store/rollback-choices.ts';
import type { StepResult } from '../step-handler.ts';
import { type Deployment, end } from './deployment.ts';

/**
 * Ends a deployment of what has failed in its environment before, unless somebody retries it: nothing that starts by
 * itself takes an environment down twice. A rollback goes to what was healthy.
 */
export async function endQuarantined(
  deployment: Deployment,
  { workloads }: Pick<RolloutPlan, 'workloads'>,
): Promise<StepResult | undefined> {
  const { deps, context, step, environment } = deployment;
  if (step.restore !== undefined) return undefined;
  const failed = await findFailedBefore(deps.db, context.run.id, workloads);
  if (failed === undefined) return undefined;
  const { pipeline, number } = context.run;
  const which = `${revisionLabel(failed.revision)} (${failed.pipeline} #${failed.number})`;
  const cause = failed.cause === null ? '' : `: ${failed.cause}`;
  context.log.line(`${which} failed in ${environment.name}${cause}`);
  return end(deployment, {
    outcome: 'rejected',
    reason: `these images of ${workloadOf(failed.target)} have failed in ${environment.name} already, with ${which}; a newer revision is deployed, or these after "trunkline retry ${pipeline}#${number}"`,
  });
}
