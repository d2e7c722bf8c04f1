/** How much of each kind of trouble a rollout bears before it fails. */
export interface Budgets {
  /** Ends of one replica's container, one task after the other, that make it a lost cause. */
  crashes: number;
  /** The same where the container's own health check has given up: its retries were patience already. */
  unhealthy: number;
  /** A registry that says no. */
  pullDeniedMs: number;
  /** A registry that cannot be reached. */
  pullUnreachableMs: number;
  unschedulableMs: number;
  /** Nothing at all has changed. */
  noActivityMs: number;
  /** A container without a health check counts as running from its first moment on: how long it must have run. */
  settleMs: number;
}

export const defaultBudgets: Budgets = {
  crashes: 2,
  unhealthy: 1,
  pullDeniedMs: 15_000,
  pullUnreachableMs: 120_000,
  unschedulableMs: 60_000,
  noActivityMs: 600_000,
  settleMs: 2_000,
};
