import type { EnvironmentConfig } from '../../config/server-config.ts';
import { approvalRefusal } from '../../domain/approval.ts';
import type { DeployStep, JobStep } from '../../domain/pipeline.ts';
import { ancestorsOf } from '../../domain/step-graph.ts';
import { manifestsOf } from '../../domain/step-manifests.ts';
import { pushesIn, readApproval } from '../../domain/step-output.ts';
import type { StepContext } from '../step-handler.ts';
import { hashManifests } from './manifest-files.ts';

/**
 * Why this deployment or job is not what was approved, or lacks the approval that its environment demands; null: it may be.
 * To be asked before anything is planned. Whether a rollback may be is asked where it is requested.
 */
export async function refuseUnapproved(
  step: DeployStep | JobStep,
  context: StepContext,
  environment: EnvironmentConfig,
): Promise<string | null> {
  // What ran before was approved when it was deployed.
  if (step.kind === 'deploy' && (step.restore ?? step.undoes) !== undefined) return null;
  const { steps, outputs, run } = context;
  const approvals = [...ancestorsOf(steps, step.id)].flatMap((id) => readApproval(outputs.get(id)) ?? []);
  if (approvals.length === 0 && environment.approve === null) return null;
  const manifests = manifestsOf(step);
  const hash = manifests === null ? null : await hashManifests(await context.workspace(), manifests);
  return approvalRefusal({
    step: step.id,
    environment: environment.name,
    rule: environment.approve,
    approvals,
    makers: { author: run.author, told: run.told, requestedBy: run.requestedBy },
    images: pushesIn(outputs.values()).map(({ repository, digest }) => `${repository}@${digest}`),
    manifests: typeof hash === 'string' ? hash : null,
  });
}
