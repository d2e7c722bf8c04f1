import type { PodUsage } from '../domain/pod-usage.ts';

/** What pods take of cpu and memory, as far as the cluster tells. Changes nothing, and is never a reason to fail. */
export interface ClusterUsage {
  /**
   * Of the ready pods of workloads.
   * @param of `deployIds`: only of pods that bear one of them
   * @param since an earlier look at the same ones: what they took before it does not count then
   * @returns null: there are none, nobody has measured them yet, or we may not look
   */
  read(of: UsageOf, signal: AbortSignal, since?: UsageLook | null): Promise<UsageLook | null>;
}

export interface UsageLook {
  usage: PodUsage;
  /** Of engines that only count up: pod -> its count. */
  counted: ReadonlyMap<string, CountedUsage>;
}

/** What a pod has taken since it began. */
export interface CountedUsage {
  cpuSeconds: number;
  atMs: number;
  memoryBytes: number;
}

export interface UsageOf {
  /** `deployment/cart` */
  workloads: string[];
  deployIds: string[] | null;
}
