import picomatch from 'picomatch';

/** A list of patterns, ready to be asked about many paths. */
export interface PathFilter {
  /** Whether the last pattern that matches the path is one that includes. */
  matches(path: string): boolean;
  /** Whether something below the folder could match ('' is the root): a folder came, went or was replaced as a whole. */
  mayMatchBelow(folder: string): boolean;
  /** The folders below which alone something can match, one for each pattern that includes: '' for `**`. */
  readonly folders: readonly string[];
}

/**
 * The one filter language, for branches and for paths. `*` stays within a segment, `**` spans any number of segments,
 * `?`, `[a-z]` and `{a,b}` as in a shell; a leading `!` excludes; the last match wins. A pattern that ends in a plain name
 * (`services/cart`, `docs/`) means it and everything below; `**` also means the root itself.
 */
export function pathFilter(patterns: readonly string[]): PathFilter {
  const rules = patterns.map(compileRule);
  return {
    matches(path) {
      const segments = segmentsOf(path);
      return rules.findLast((rule) => rule.matches(segments))?.includes ?? false;
    },
    folders: patterns.filter((pattern) => !pattern.startsWith('!')).map(plainStart),
    mayMatchBelow: (folder) => rules.some((rule, index) => rule.includes && canReach(rules, index, folder)),
  };
}

/** What is wrong with one pattern, or null. */
export function patternMistake(pattern: string): string | null {
  const segments = segmentsOf(pattern.replace(/^!/, ''));
  if (segments.length === 0) return 'an empty pattern matches nothing';
  if (pattern.length > 300) return 'a pattern has at most 300 characters';
  if (/^!?\//.test(pattern)) return 'patterns are relative: leave out the leading slash';
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return "a pattern has no '.' or '..' segments";
  if (segments.some((segment) => segment !== '**' && segment.includes('**')))
    return "'**' stands alone between slashes";
  // More stars in one segment make matching slow enough to stall the server.
  if (segments.some((segment) => segment.split('*').length > 4)) return "at most three '*' in one segment";
  if (segments.some((segment) => !isBalanced(segment)))
    return 'a bracket or brace that is opened is closed before the next slash';
  return null;
}

interface Rule {
  includes: boolean;
  matches(path: string[]): boolean;
  canReachBelow(folder: string[]): boolean;
}

type SegmentPattern = 'any-depth' | ((segment: string) => boolean);

function compileRule(pattern: string): Rule {
  const written = segmentsOf(pattern.replace(/^!/, ''));
  const isPlainEnd = !isGlob(written.at(-1) ?? '') || pattern.endsWith('/');
  const segments: SegmentPattern[] = (isPlainEnd ? [...written, '**'] : written).map(compileSegment);
  return {
    includes: !pattern.startsWith('!'),
    matches: (path) => reach(segments, path).has(segments.length),
    canReachBelow: (folder) => [...reach(segments, folder)].some((position) => position < segments.length),
  };
}

function compileSegment(segment: string): SegmentPattern {
  if (segment === '**') return 'any-depth';
  if (!isGlob(segment)) return (name) => name === segment;
  // Outside our language: what picomatch would read as a regular expression or an extended glob.
  const ours = segment.replaceAll('[^', '[!').replaceAll(/[()|+$@^\\]|^!/g, '\\$&');
  return picomatch(ours, { dot: true, noextglob: true, nonegate: true, posix: true, strictBrackets: true });
}

function isGlob(segment: string): boolean {
  return /[*?[\]{}]/.test(segment);
}

/** A pattern's segments before the first that is none by itself: `app` of `app/**`. */
function plainStart(pattern: string): string {
  const segments = segmentsOf(pattern);
  const first = segments.findIndex(isGlob);
  return (first < 0 ? segments : segments.slice(0, first)).join('/');
}

/** Positions in the pattern where one can stand after the whole path; `length` means the path matches. */
function reach(pattern: SegmentPattern[], path: string[]): Set<number> {
  let positions = skipDepths(pattern, [0]);
  for (const segment of path) {
    const next: number[] = [];
    for (const position of positions) {
      const here = pattern[position];
      if (here === 'any-depth') next.push(position);
      else if (here?.(segment)) next.push(position + 1);
    }
    positions = skipDepths(pattern, next);
  }
  return positions;
}

/** `**` may stand for no segment at all. */
function skipDepths(pattern: SegmentPattern[], positions: number[]): Set<number> {
  const all = new Set<number>();
  for (let position of positions) {
    all.add(position);
    while (pattern[position] === 'any-depth') all.add(++position);
  }
  return all;
}

/** A name that no pattern means by accident: what excludes it below a folder excludes the whole folder. */
const unheardOf = '\u{10FFFF}';
const probes = [[unheardOf], [unheardOf, unheardOf]];

function canReach(rules: Rule[], index: number, folder: string): boolean {
  const segments = segmentsOf(folder);
  const isExcludedWhole = rules
    .slice(index + 1)
    .some((rule) => !rule.includes && probes.every((probe) => rule.matches([...segments, ...probe])));
  return !isExcludedWhole && rules[index]?.canReachBelow(segments) === true;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function isBalanced(segment: string): boolean {
  const bare = segment.replaceAll(/\[[^[\]{}]+\]/g, '').replaceAll(/\{[^[\]{}]+\}/g, '');
  return !/[[\]{}]/.test(bare);
}
