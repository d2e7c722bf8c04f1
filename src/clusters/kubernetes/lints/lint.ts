export interface Lint {
  /** By which a manifest accepts it. */
  name: LintName;
  text: string;
}

export type LintName =
  | 'no-readiness-probe'
  | 'no-memory-limit'
  | 'moving-image'
  | 'undrainable'
  | 'same-probes'
  | 'ends-at-once'
  | 'short-grace'
  | 'all-unavailable'
  | 'fixed-replicas'
  | 'no-requests'
  | 'held-volume'
  | 'missing-reference'
  | 'idle-budget'
  | 'idle-service'
  | 'dead-port'
  | 'old-api'
  | 'no-room'
  | 'nothing-reserved';

/** What only a look into the namespace tells. */
export const surroundingLintNames: readonly string[] = [
  'missing-reference',
  'idle-budget',
  'idle-service',
  'old-api',
] satisfies LintName[];

/** What only a look at the nodes tells. */
export const nodeLintNames: readonly string[] = ['no-room', 'nothing-reserved'] satisfies LintName[];
