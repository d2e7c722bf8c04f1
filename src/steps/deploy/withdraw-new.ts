import type { Deployment } from './deployment.ts';

/** Deletes what stands beside the old version, if anything does; safe to repeat. */
export async function withdrawNew(deployment: Deployment): Promise<void> {
  const { cluster, context } = deployment;
  const temporary = temporaryOf(deployment);
  if (temporary === undefined || cluster.leftovers === null) return;
  const silent = () => undefined;
  const hooks = { confirm: () => context.confirmLease(), onReport: silent, onProgress: silent };
  const limit = AbortSignal.any([context.handedOver, AbortSignal.timeout(withdrawMs)]);
  const { what, ...objects } = temporary;
  const removed = await cluster.leftovers.withdraw(objects, hooks, limit);
  if (removed.length > 0) context.log.line(`${what} is gone: deleted ${removed.join(', ')}`);
}

function temporaryOf({ journal, step }: Deployment) {
  const { canary, colours, deployId } = journal;
  if (colours !== undefined) return { what: colours.to, objects: colours.objects, deployIds: [deployId] };
  if (canary === undefined) return undefined;
  const { strategy } = step;
  const steps = typeof strategy === 'object' && strategy.kind === 'canary' ? strategy.steps.length : 0;
  const count = Math.max(steps, canary.step + 1);
  const deployIds = Array.from({ length: count }, (_, index) => stepIdOf(deployId, index));
  return { what: 'the canary', objects: canary.objects, deployIds };
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
