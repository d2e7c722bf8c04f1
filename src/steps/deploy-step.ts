import { applyRollout } from './deploy/apply-rollout.ts';
import { newDeployId } from './deploy/deploy-id.ts';
import type { DeployDependencies, Deployment } from './deploy/deployment.ts';
import { readJournal } from './deploy/journal.ts';
import { assertSameCluster } from './deploy/other-cluster.ts';
import { refuseUnapproved } from './deploy/refuse-unapproved.ts';
import { goBack, isLeft, whileWanted } from './deploy/stopped.ts';
import { asRollback } from './deploy/undo.ts';
import { watchRollout } from './deploy/watch-rollout.ts';
import { environmentFor } from './environment-access.ts';
import type { StepHandler, StepResult } from './step-handler.ts';

/**
 * Rolls a workload over to the digests that the run has pushed, and watches it become healthy; back to the last
 * healthy state when it does not. Taken over at any moment, it goes on from its journal: what carries the deploy id
 * is not applied again.
 */
export function createDeployStep(deps: DeployDependencies): StepHandler<'deploy'> {
  return {
    async execute(step, context) {
      const { pipeline } = context.run;
      const environment = environmentFor(deps.environments, { name: step.environment, pipeline });
      if (typeof environment === 'string') return { outcome: 'failed', reason: environment };
      const known = readJournal(context.journal);
      if (known?.result !== undefined) return known.result;
      const isBegun = known !== undefined && known.phase !== 'planned';
      const unapproved = isBegun ? null : await refuseUnapproved(step, context, environment);
      if (unapproved !== null) return { outcome: 'failed', reason: unapproved };
      const deployment: Deployment = {
        deps,
        step,
        context,
        environment,
        cluster: deps.clusterOf(environment),
        lease: { runId: context.run.id, owner: '', fencing: context.fencing },
        journal: known ?? { phase: 'planned', deployId: newDeployId() },
      };
      return whileWanted(deployment, async () => {
        if (isBegun && !isLeft(deployment))
          await assertSameCluster({ ...deployment, db: deps.db }, context.handedOver);
        return deployOrUndo(deployment);
      });
    },
  };
}

async function deployOrUndo(deployment: Deployment): Promise<StepResult> {
  const { undoes } = deployment.step;
  if (undoes === undefined) return deploy(deployment);
  const step = await asRollback(deployment, undoes);
  return 'outcome' in step ? step : deploy({ ...deployment, step });
}

async function deploy(deployment: Deployment): Promise<StepResult> {
  if (deployment.journal.applied === undefined && deployment.journal.failure === undefined) {
    const ended = await applyRollout(deployment);
    if (ended !== undefined) return ended;
  }
  if (deployment.journal.failure === undefined) {
    const ended = await watchRollout(deployment);
    if (ended !== undefined) return ended;
  }
  return goBack(deployment);
}
