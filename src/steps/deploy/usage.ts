import { setTimeout as delay } from 'node:timers/promises';
import type { AppliedRollout, RolloutPlan, RolloutReport } from '../../clusters/cluster.ts';
import type { UsageLook } from '../../clusters/cluster-usage.ts';
import { type PodUsage, typicalUsage, usageText } from '../../domain/pod-usage.ts';
import type { Deployment } from './deployment.ts';

/**
 * What the pods that are about to be replaced take; to be asked before anything is written. Without a soak nothing is
 * measured: what a pod takes in its first moment says nothing, and the question alone takes a kubelet some time.
 */
export async function usageBefore(
  { cluster, context, step }: Deployment,
  plan: Pick<RolloutPlan, 'workloads' | 'colours'>,
): Promise<PodUsage | null> {
  if (cluster.usage === null || step.soakMs === 0) return null;
  const running = { workloads: runningNames(plan), deployIds: null };
  return (await cluster.usage.read(running, context.signal))?.usage ?? null;
}

/** What a plan is to replace, as the cluster calls it now. */
export function runningNames({ workloads, colours }: Pick<RolloutPlan, 'workloads' | 'colours'>): string[] {
  const from = colours?.from ?? null;
  return workloads.map(({ name }) => (from === null ? name : `${name}-${from}`));
}

/** What metrics are gathered over, for the most part. */
const everyMs = 15_000;

/**
 * Looks at what the new pods take from when they are healthy until `end`: what they took to start is left out where
 * they are watched for long enough. Without a soak nothing is measured, as in `usageBefore`.
 */
export function watchUsage(deployment: Deployment, applied: AppliedRollout) {
  const { cluster, context, step } = deployment;
  const workloads = applied.workloads.map(({ name }) => name);
  const deployIds = applied.workloads.flatMap(({ deployId }) => deployId ?? []);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.handedOver]);
  const measured: PodUsage[] = [];
  let last: UsageLook | null = null;
  let looking: Promise<void> | undefined;
  const look = async (asked: AbortSignal) => {
    last = (await cluster.usage?.read({ workloads, deployIds }, asked, last)) ?? last;
    if (last !== null) measured.push(last.usage);
  };
  const lookOn = async () => {
    for (;;) {
      await look(signal);
      await delay(everyMs, undefined, { signal });
    }
  };
  return {
    notice({ phase }: RolloutReport) {
      if (phase === 'soak' && cluster.usage !== null) looking ??= lookOn().catch(() => undefined);
    },
    /** Has looked once more, if that is still wanted. */
    async end(isWanted: boolean): Promise<PodUsage | null> {
      over.abort();
      await looking;
      if (isWanted && step.soakMs > 0) await look(context.handedOver);
      return typicalUsage(measured);
    },
  };
}

/** Says what the new pods take, beside what the old ones took. */
export function tellUsage({ context, journal }: Deployment, after: PodUsage | null): UsageOutput {
  const { usageBefore: before = null } = journal;
  const text = usageText(before, after);
  if (text === undefined) return {};
  context.log.line(text);
  return { usage: { before, after } };
}

export type UsageOutput = { usage?: { before: PodUsage | null; after: PodUsage | null } };
