import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutPlan } from '../../clusters/cluster.ts';
import { type Blocker, claimTargets } from '../../store/deployments.ts';
import type { Deployment } from './deployment.ts';

/** How often a target that another run deploys to is looked at. */
const claimEveryMs = 500;

/**
 * Waits until the targets are ours.
 * @returns whether it had to wait: then the cluster may have changed meanwhile
 */
export async function claim(deployment: Deployment, plan: RolloutPlan): Promise<boolean> {
  const { deps, lease, context, journal, step, environment } = deployment;
  const { run } = context;
  const wanted = {
    deployId: journal.deployId,
    stepId: step.id,
    environment: environment.name,
    repository: run.repository,
    branch: run.branch,
    move: run.move,
    revision: run.revision,
    workloads: plan.workloads,
    manifests: plan.manifests,
  };
  let announced = '';
  for (;;) {
    const blocker = await claimTargets(deps.db, lease, wanted);
    if (blocker === null) return announced !== '';
    const text = describe(blocker);
    if (text !== announced) context.log.line(text);
    announced = text;
    await delay(claimEveryMs, undefined, { signal: context.signal });
  }
}

function describe({ target, pipeline, number }: Blocker): string {
  const workload = target.split('/').slice(-2).join('/');
  return `waiting for ${pipeline} #${number}, which is deploying ${workload}`;
}
