import { type BranchLayout, fits, layoutPatterns } from './branch-layout.ts';

/**
 * The branch that a Subversion layout has no wildcard for: its first one. Where projects have one each, `{project}/trunk`,
 * it is that of the branch's own project.
 * @param branch null: of none in particular
 */
export function trunkOf(layout: BranchLayout, branch: string | null): string | undefined {
  const names = branch === null ? new Map<string, string>() : namesIn(layout, branch.split('/'));
  for (const pattern of layoutPatterns(layout)) {
    const segments = pattern.map((segment) => (segment.startsWith('{') ? names.get(segment) : segment));
    if (segments.every((segment) => segment !== undefined && !segment.includes('*')))
      return segments.join('/');
  }
  return undefined;
}

/** What the `{name}`s of the pattern stand for that is as long as the branch and fits it. */
function namesIn(layout: BranchLayout, branch: readonly string[]): Map<string, string> {
  const fitting = layoutPatterns(layout).find(
    (pattern) => pattern.length === branch.length && fits(pattern, branch),
  );
  const pairs = (fitting ?? []).map((segment, index): [string, string] => [segment, branch[index] ?? '']);
  return new Map(pairs.filter(([segment]) => segment.startsWith('{')));
}
