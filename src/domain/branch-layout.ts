/**
 * `standard`, or patterns of folders under the repository's root that are branches: `{project}/branches/*`. `none`, alone: the
 * repository's root is the one branch, called `trunk`.
 */
export type BranchLayout = readonly string[];

/** The folder of a branch in its repository; '' for the root. */
export function branchFolder(layout: BranchLayout, branch: string): string {
  return hasNoBranches(layout) ? '' : branch;
}

function hasNoBranches(layout: BranchLayout): boolean {
  return layout.length === 1 && layout[0] === 'none';
}

/**
 * Takes a repository path apart into the branch it lies on and the path below the branch's root ('' for the root itself).
 * Where several patterns fit, the one that is plain text where the other is not decides, else the longest; a folder that only
 * holds branches (`branches`) is none itself.
 * @returns null when the path lies on no branch
 */
export function splitPath(layout: BranchLayout, path: string): { branch: string; rest: string } | null {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (hasNoBranches(layout)) return { branch: 'trunk', rest: segments.join('/') };
  const fitting = layoutPatterns(layout).filter((pattern) => fits(pattern, segments));
  const length = fitting.toSorted(byPrecision).at(0)?.length ?? 0;
  if (length === 0 || segments.length < length) return null;
  const branch = segments.slice(0, length).join('/');
  return isOverlong(branch) ? null : { branch, rest: segments.slice(length).join('/') };
}

/** In bytes. A name that no index of a database can hold would hold up its repository for ever. */
export const longestBranch = 1_000;

/** Whether a path lies on no branch for no other reason than that its name is too long. */
export function isOnOverlongBranch(layout: BranchLayout, path: string): boolean {
  if (!isOverlong(path) || hasNoBranches(layout)) return false;
  const segments = path.split('/');
  return (
    splitPath(layout, path) === null && layoutPatterns(layout).some((pattern) => fits(pattern, segments))
  );
}

function isOverlong(name: string): boolean {
  return Buffer.byteLength(name) > longestBranch;
}

/** The folders under the root that hold all branches, none below another one: `branches` of `branches/*`. */
export function foldersOfBranches(layout: BranchLayout): string[] {
  const folders = layoutPatterns(layout).map((pattern) => {
    const plain = pattern.findIndex((segment) => /[*{]/.test(segment));
    return pattern.slice(0, plain === -1 ? undefined : plain).join('/');
  });
  const known = [...new Set(folders.filter((folder) => folder !== ''))];
  return known.filter((folder) => !known.some((above) => folder.startsWith(`${above}/`)));
}

/** Whether there may be branches below a folder that is none itself and lies on none. */
export function leadsToBranches(layout: BranchLayout, folder: string): boolean {
  const segments = folder.split('/');
  return layoutPatterns(layout).some(
    (pattern) => pattern.length > segments.length && fits(pattern, segments),
  );
}

/** What is wrong with a layout's pattern, or null. */
export function layoutMistake(pattern: string): string | null {
  if (pattern === 'standard' || pattern === 'none') return null;
  const segments = pattern.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'a layout pattern is a path under the repository root, without a leading or closing slash';
  if (segments.some((segment) => !segmentPattern.test(segment)))
    return 'a segment of a layout pattern is plain text with at most one *, or a {name}';
  return null;
}

/** What is wrong with patterns beside each other, or null: one under which nothing is ever found would lose its branches. */
export function layoutConflict(layout: BranchLayout): string | null {
  const patterns = layoutPatterns(layout);
  for (const pattern of patterns) {
    const deeper = patterns.find((other) => other.length > pattern.length && takesAllOf(other, pattern));
    if (deeper === undefined) continue;
    const [never, always] = [pattern.join('/'), deeper.join('/')];
    return `nothing would be a branch of ${never}, for ${always} takes all that is below\nleave out one of them, or name the folders that hold branches, as in branches/feature/*`;
  }
  return null;
}

/** Whether whatever fits the shorter pattern fits this one as far as that goes, and no plain text makes it the preferred one. */
function takesAllOf(longer: readonly string[], shorter: readonly string[]): boolean {
  return shorter.every((segment, index) => {
    const other = longer[index] ?? '';
    return segment === other || (isOpen(segment) && (other === '*' || other.startsWith('{')));
  });
}

function isOpen(segment: string): boolean {
  return /[*{]/.test(segment);
}

const segmentPattern = /^(?:\{[a-z][a-z0-9-]*\}|[^*{}]*\*?[^*{}]*)$/;
const standard = [['trunk'], ['branches', '*'], ['tags', '*']];

/** Each as its segments, `standard` written out. */
export function layoutPatterns(layout: BranchLayout): string[][] {
  return layout.flatMap((pattern) => {
    if (pattern === 'none') return [['trunk']];
    return pattern === 'standard' ? standard : [pattern.split('/')];
  });
}

function byPrecision(one: string[], other: string[]): number {
  for (const [index, segment] of one.slice(0, other.length).entries()) {
    const difference = Number(isOpen(segment)) - Number(isOpen(other[index] ?? ''));
    if (difference !== 0) return difference;
  }
  return other.length - one.length;
}

/** Whether the path is the pattern's branch, below it, or one of the folders above it. */
export function fits(pattern: readonly string[], path: readonly string[]): boolean {
  return path.slice(0, pattern.length).every((segment, index) => fitsSegment(pattern[index] ?? '', segment));
}

function fitsSegment(pattern: string, segment: string): boolean {
  if (pattern.startsWith('{')) return true;
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === segment;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return (
    segment.length >= before.length + after.length && segment.startsWith(before) && segment.endsWith(after)
  );
}
