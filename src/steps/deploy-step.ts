import { randomBytes } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import { stopReasonOf } from '../domain/stop-reason.ts';
import { applyRollout } from './deploy/apply-rollout.ts';
import { type DeployDependencies, type Deployment, end } from './deploy/deployment.ts';
import { readJournal } from './deploy/journal.ts';
import { refuseUnapproved } from './deploy/refuse-unapproved.ts';
import { rollBack } from './deploy/roll-back.ts';
import { watchRollout } from './deploy/watch-rollout.ts';
import { withdraw } from './deploy/withdraw.ts';
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
      return stoppable(deployment, () => deploy(deployment));
    },
  };
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
  return deployment.journal.phase === 'withdrawing' ? withdraw(deployment) : rollBack(deployment);
}

/** Before anything was applied, a stop simply ends the step; after a lost lease or a shutdown, somebody else goes on. */
async function stoppable(deployment: Deployment, work: () => Promise<StepResult>): Promise<StepResult> {
  const { signal, handedOver } = deployment.context;
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault || !signal.aborted) throw error;
    const stop = stopReasonOf(signal);
    if (handedOver.aborted || stop.kind === 'lease-lost' || stop.kind === 'shutdown') {
      throw new Fault(
        'lease-lost',
        `The deployment to ${deployment.environment.name} is left to another worker`,
      );
    }
    const reason =
      stop.kind === 'cancelled'
        ? `cancelled by ${stop.by} before anything was changed`
        : `not begun within ${stop.afterMs / 1000} s`;
    return end(deployment, { outcome: stop.kind, reason });
  }
}

/** The values of a label and of an annotation alike. */
function newDeployId(): string {
  return randomBytes(10).toString('hex');
}
