import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { Problem, ProblemReport } from './problem.ts';
import type { SourceText } from './yaml-source.ts';
import { maxDepth } from './yaml-syntax-reports.ts';

const maxAliases = 100;
/** Keys and values. What a person writes has hundreds; this bounds the time of whatever comes after. */
const maxNodes = 10_000;

export const aliasBomb: ProblemReport = {
  message: 'aliases multiply the file too much',
  hint: 'write the values out',
};
const selfReference = { message: 'an alias inside of what it stands for', hint: 'write the value out' };
const danglingAlias = {
  message: 'an alias (*name) without an anchor (&name) before it',
  hint: "a text that begins with '*' needs quotes",
};

/** The first limit that a file breaks: its depth, its number of values, its aliases; null when it keeps them all. */
export function limitProblem(document: Document.Parsed, source: SourceText): Problem | null {
  const nodes: Node[] = [];
  let depth = 0;
  for (const level of levelsOf(document.contents)) {
    depth++;
    const [first] = level;
    if (depth > maxDepth && first !== undefined)
      return source.problem(startOf(first), { message: `nested deeper than ${maxDepth} levels` });
    const tooMany = level[maxNodes - nodes.length];
    if (tooMany !== undefined)
      return source.problem(startOf(tooMany), { message: `the file has more than ${maxNodes} values` });
    nodes.push(...level);
  }
  return aliasProblem(document, nodes, source);
}

/** At most so many are told: one mistake in a template makes hundreds. */
const maxRepeated = 10;

/** Keys that a map gives once more, each at its later place. */
export function repeatedKeys(document: Document.Parsed, source: SourceText): Problem[] {
  const maps = [...levelsOf(document.contents)].flat().filter(isMap);
  return maps
    .flatMap(keysGivenAgain)
    .slice(0, maxRepeated)
    .map(({ key, first }) => {
      const { line } = source.problem(startOf(first), { message: '' });
      const message = 'this key is given twice';
      return source.problem(startOf(key), {
        message,
        hint: `keep one of the two; the first is in line ${line}`,
      });
    });
}

function keysGivenAgain(map: YAMLMap): { key: Node; first: Node }[] {
  const seen = new Map<unknown, Node>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const first = seen.get(key.value);
    if (first !== undefined) return [{ key, first }];
    seen.set(key.value, key);
    return [];
  });
}

/** An alias can form a cycle only by standing inside its own anchor's node, since an anchor comes first. */
function aliasProblem(document: Document.Parsed, nodes: Node[], source: SourceText): Problem | null {
  const aliases = nodes.filter((node) => isAlias(node));
  if (aliases.length > maxAliases) return source.problem(0, aliasBomb);
  for (const alias of aliases) {
    const anchored = alias.resolve(document);
    if (anchored === undefined) continue;
    if ((anchored.range?.[1] ?? 0) > startOf(alias)) return source.problem(startOf(alias), selfReference);
  }
  return null;
}

/**
 * Aliases without an anchor, which are texts that somebody forgot to quote: `*.md`. They become such texts, so that the rest
 * can be read.
 */
export function danglingAliases(document: Document.Parsed, source: SourceText): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      // The library has told of a star alone.
      if (alias.source !== '') problems.push(source.problem(startOf(alias), danglingAlias));
      const text = new Scalar(`*${alias.source}`);
      if (alias.range) text.range = alias.range;
      return text;
    },
  });
  return problems.slice(0, maxRepeated);
}

/** The nodes level by level, so that depth costs no stack. Aliases are not followed. */
function* levelsOf(root: Node | null): Generator<Node[], undefined> {
  for (let level = root === null ? [] : [root]; level.length > 0; level = level.flatMap(childrenOf))
    yield level;
}

function childrenOf(node: Node): Node[] {
  if (isSeq(node)) return node.items.filter(isNode);
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => (isPair(pair) ? [pair.key, pair.value] : [])).filter(isNode);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
