/** How much of each kind of trouble a rollout bears before it fails. Evictions and lost nodes never count. */
export interface Budgets {
  /** Ends of one container that make its pod a lost cause. */
  crashes: number;
  /** Pulls that the registry has refused. */
  pullDenials: number;
  /** A registry that says no, when no further attempt is seen. */
  pullDeniedMs: number;
  /** A registry that cannot be reached, or limits the rate. */
  pullUnreachableMs: number;
  /** A ConfigMap, Secret or key that is not there: it may come a little later. */
  configurationMs: number;
  quotaMs: number;
  unschedulableMs: number;
  /** The same while the cluster adds a node. */
  scaleUpMs: number;
  /** A running container that is not ready: so many times the time its probes take to fail, but at least... */
  probeFactor: number;
  neverReadyMs: number;
  /** Nothing at all has changed. */
  noActivityMs: number;
}

export const defaultBudgets: Budgets = {
  crashes: 2,
  pullDenials: 2,
  pullDeniedMs: 60_000,
  pullUnreachableMs: 120_000,
  configurationMs: 30_000,
  quotaMs: 30_000,
  unschedulableMs: 120_000,
  scaleUpMs: 600_000,
  probeFactor: 6,
  neverReadyMs: 60_000,
  noActivityMs: 600_000,
};
