import type { WorkloadWatch } from './workload-watch.ts';

/** For how long the cluster has told nothing new; a cluster that cannot be reached is not idle. */
export function createActivityClock(watches: WorkloadWatch[]): { idleMs(): number } {
  let changes = 0;
  let since = performance.now();
  return {
    idleMs() {
      const now = watches.reduce((sum, watch) => sum + watch.changes, 0);
      if (now !== changes || watches.some(({ failure }) => failure !== undefined)) since = performance.now();
      changes = now;
      return performance.now() - since;
    },
  };
}
