import type { RolloutPlan } from '../../clusters/cluster.ts';
import { type PodUsage, usageText } from '../../domain/pod-usage.ts';
import type { Deployment } from './deployment.ts';

/**
 * What the pods that are about to be replaced take; to be asked before anything is written. Without a soak nothing is
 * measured: what a pod takes in its first moment says nothing, and the question alone takes a kubelet some time.
 */
export async function usageBefore(
  { cluster, context, step }: Deployment,
  { workloads, colours }: Pick<RolloutPlan, 'workloads' | 'colours'>,
): Promise<PodUsage | null> {
  if (cluster.usage === null || step.soakMs === 0) return null;
  const from = colours?.from ?? null;
  const names = workloads.map(({ name }) => (from === null ? name : `${name}-${from}`));
  return cluster.usage.read({ workloads: names, deployIds: null }, context.signal);
}

/** Says what the new pods take, beside what the old ones took. */
export async function tellUsage({ cluster, context, journal, step }: Deployment): Promise<UsageOutput> {
  const { applied, usageBefore: before = null } = journal;
  if (applied === undefined || cluster.usage === null || step.soakMs === 0) return {};
  const workloads = applied.workloads.map(({ name }) => name);
  const deployIds = applied.workloads.flatMap(({ deployId }) => deployId ?? []);
  const after = await cluster.usage.read({ workloads, deployIds }, context.handedOver);
  const text = usageText(before, after);
  if (text === undefined) return {};
  context.log.line(text);
  return { usage: { before, after } };
}

export type UsageOutput = { usage?: { before: PodUsage | null; after: PodUsage | null } };
