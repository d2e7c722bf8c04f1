import type { Deployment } from './deployment.ts';

/** Deletes the canary, if there is one; safe to repeat. */
export async function withdrawCanary({ cluster, context, journal, step }: Deployment): Promise<void> {
  const { canary, deployId } = journal;
  if (canary === undefined || cluster.leftovers === null) return;
  const count = typeof step.strategy === 'object' ? step.strategy.steps.length : canary.step + 1;
  const deployIds = Array.from({ length: count }, (_, index) => stepIdOf(deployId, index));
  const silent = () => undefined;
  const hooks = { confirm: () => context.confirmLease(), onReport: silent, onProgress: silent };
  const limit = AbortSignal.any([context.handedOver, AbortSignal.timeout(withdrawMs)]);
  const removed = await cluster.leftovers.withdraw({ objects: canary.objects, deployIds }, hooks, limit);
  if (removed.length > 0) context.log.line(`the canary is gone: deleted ${removed.join(', ')}`);
}

const withdrawMs = 60_000;

/** The deploy id on the pods of a deployment's canary. */
export function podIdOf(deployId: string): string {
  return `${deployId}-canary`;
}

/** The deploy id on its Deployment, as a step of it has scaled it. */
export function stepIdOf(deployId: string, index: number): string {
  return `${podIdOf(deployId)}-${index + 1}`;
}
