import type { PodUsage } from '../domain/pod-usage.ts';

/** What pods take of cpu and memory, as far as the cluster tells. Changes nothing, and is never a reason to fail. */
export interface ClusterUsage {
  /**
   * Of the ready pods of workloads.
   * @param of `deployIds`: only of pods that bear one of them
   * @returns null: there are none, nobody has measured them yet, or we may not look
   */
  read(of: UsageOf, signal: AbortSignal): Promise<PodUsage | null>;
}

export interface UsageOf {
  /** `deployment/cart` */
  workloads: string[];
  deployIds: string[] | null;
}
