import { posix } from 'node:path';

/** Says of each path of a build context, relative and with `/`, whether it stays out. */
export interface ContextFilter {
  ignores(path: string): boolean;
  /** True when a path below an ignored folder may come in again, so that the folder has to be searched. */
  readonly hasExceptions: boolean;
}

interface Rule {
  pattern: Piece[];
  isException: boolean;
}

/** One place of a pattern, and how many characters may stand there. `folders`: none, or any up to a slash. */
interface Piece {
  takes(character: string): boolean;
  count: 'one' | 'any' | 'folders';
}

/** What version control leaves in a tree; an ignore file may bring it back with `!`. */
const alwaysIgnored = ['**/.svn', '**/.git'];

/**
 * Reads an ignore file with the meaning that moby/patternmatcher gives it: patterns hold from the context's root, `**`
 * spans folders, and the last pattern that matches a path or one of its folders decides. The one npm library for
 * this ignores case, fails on `c++` and never ignores a file called `constructor`, therefore our own.
 * @returns the first malformed pattern instead, when there is one
 */
export function readIgnoreFile(text: string): ContextFilter | { malformed: string } {
  const rules: Rule[] = [];
  for (const pattern of [...alwaysIgnored, ...patternsIn(text)]) {
    const rule = parseRule(pattern);
    if (rule === undefined) return { malformed: pattern };
    rules.push(rule);
  }
  return {
    hasExceptions: rules.some(({ isException }) => isException),
    ignores: (path) => isIgnored(path, rules),
  };
}

function patternsIn(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseRule(line: string): Rule | undefined {
  const isException = line.startsWith('!');
  const written = isException ? line.slice(1).trim() : line;
  if (written === '') return undefined;
  const pattern = posix
    .normalize(written)
    .replace(/^\/(?=.)/, '')
    .replace(/(?<=.)\/$/, '');
  try {
    return { isException, pattern: Array.from(pattern.matchAll(pieces), toPiece) };
  } catch {
    return undefined;
  }
}

const pieces = /\*\*\/?$|\*\*\/?|\\.|\[(?:\\.|[^\]\\])+\]|./gsu;

/** @throws SyntaxError for a bracket that is malformed or never closed */
function toPiece({ 0: text, index, input }: RegExpExecArray): Piece {
  if (text.startsWith('**')) {
    const isLast = index + text.length === input.length;
    return { takes: () => true, count: isLast ? 'any' : 'folders' };
  }
  if (text === '*' || text === '?') {
    return { takes: (character) => character !== '/', count: text === '*' ? 'any' : 'one' };
  }
  if (text.startsWith('[')) {
    const expression = new RegExp(`^${text}$`, 'u');
    return { takes: (character) => expression.test(character), count: 'one' };
  }
  const literal = text.replace(/^\\(?=.)/su, '');
  return { takes: (character) => character === literal, count: 'one' };
}

function isIgnored(path: string, rules: readonly Rule[]): boolean {
  const characters = [...path];
  let ignored = false;
  for (const { pattern, isException } of rules) {
    if (isException === ignored && means(pattern, characters)) ignored = !isException;
  }
  return ignored;
}

/**
 * Whether a pattern means the path or one of its folders. No regular expression: whoever commits writes both, and
 * could make one run for years. This follows all readings of the pattern at once, character by character.
 */
function means(pattern: Piece[], path: string[]): boolean {
  let positions = enter(pattern, 0, new Set());
  for (const character of path) {
    if (character === '/' && positions.has(pattern.length)) return true;
    positions = step(pattern, positions, character);
    if (positions.size === 0) return false;
  }
  return positions.has(pattern.length);
}

function step(pattern: Piece[], positions: ReadonlySet<number>, character: string): Set<number> {
  const next = new Set<number>();
  for (const position of positions) {
    const piece = pattern[position];
    if (piece?.takes(character) !== true) continue;
    if (piece.count !== 'folders') enter(pattern, piece.count === 'any' ? position : position + 1, next);
    else if (character === '/') enter(pattern, position + 1, next.add(position));
    else next.add(position);
  }
  return next;
}

/** Adds a position, and those that are reached from it without any character. */
function enter(pattern: Piece[], position: number, into: Set<number>): Set<number> {
  into.add(position);
  for (let at = position; (pattern[at]?.count ?? 'one') !== 'one'; at++) into.add(at + 1);
  return into;
}
