import { deploymentEndedAt } from '../../store/deployments.ts';
import { findBarrier } from '../../store/finished-jobs.ts';
import type { Deployment } from './deployment.ts';

/**
 * What no way back leads past: a job that cannot be undone and has succeeded since. What ran before it may not know what it
 * has made of its data.
 * @param healthyAt when the version that is gone back to became healthy; null: it is what ran before this run
 * @returns the job, for people
 */
export async function barrierSince(
  { deps, context, environment }: Deployment,
  healthyAt: Date | null,
): Promise<string | undefined> {
  const { id, pipeline } = context.run;
  const barrier = await findBarrier(
    deps.db,
    healthyAt === null
      ? { runId: id, environment: environment.name }
      : { pipeline, environment: environment.name, after: healthyAt },
  );
  if (barrier === undefined) return undefined;
  return `job step \`${barrier.stepId}\` of ${barrier.pipeline} #${barrier.number}, which is irreversible`;
}

/** Somebody goes back on purpose: it is said, and done. */
export async function warnOfBarrier(deployment: Deployment, deployId: string): Promise<void> {
  const healthyAt = await deploymentEndedAt(deployment.deps.db, deployId);
  if (healthyAt === undefined) return;
  const barrier = await barrierSince(deployment, healthyAt);
  if (barrier !== undefined) deployment.context.log.line(`warning: this goes back past ${barrier}`);
}
