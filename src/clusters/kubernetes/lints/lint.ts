import type { LintName } from '../../../domain/lint-levels.ts';

export interface Lint {
  /** By which a manifest accepts it, and a step says how grave it is. */
  name: LintName;
  text: string;
}

/** What only a look into the namespace tells. */
export const surroundingLintNames: readonly string[] = [
  'missing-reference',
  'idle-budget',
  'idle-service',
  'idle-ingress',
  'no-pod-names',
  'old-api',
] satisfies LintName[];

/** What only a look at the nodes tells. */
export const nodeLintNames: readonly string[] = ['no-room', 'nothing-reserved'] satisfies LintName[];
