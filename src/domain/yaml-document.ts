import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
} from 'yaml';
import type { Problem } from './problem.ts';
import { maxDepth, type ProblemReport, SourceText, syntaxProblems, type YamlOptions } from './yaml-source.ts';

/** Keys and list positions from the document's root: `['steps', 0, 'id']`. */
export type YamlPath = readonly (string | number)[];

/** A YAML file that could be read, with the place of each of its values. */
export interface YamlDocument {
  /** Plain data; null for an empty file. */
  readonly value: unknown;
  /** A problem placed at the value under the path, or at the nearest value above it that exists. */
  problemAt(path: YamlPath, report: ProblemReport): Problem;
  /** As `problemAt`, placed at the key itself (`path` ends with the key). */
  problemAtKey(path: YamlPath, report: ProblemReport): Problem;
  /** The scalar under the path as it stands in the file (`1.10`); null when it is none or must not be shown. */
  writtenAt(path: YamlPath): string | null;
}

export const maxYamlBytes = 256 * 1024;
/** How often aliases may multiply what they stand for, before the file counts as an alias bomb. */
const maxAliasExpansion = 100;
const maxAliases = 100;

/** Reads one YAML 1.2 document (JSON included). Messages are our own: a library's message may quote the file. */
export function readYaml(text: string, options: YamlOptions): YamlDocument | { problems: Problem[] } {
  const source = new SourceText(text, options);
  if (Buffer.byteLength(text) > maxYamlBytes)
    return {
      problems: [source.problem(0, { message: `the file is larger than ${maxYamlBytes / 1024} KiB` })],
    };
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    prettyErrors: false,
    stringKeys: true,
    lineCounter: source.lines,
  });
  const mistakes = syntaxProblems([...document.errors, ...document.warnings], source);
  if (mistakes.length > 0) return { problems: mistakes };
  const tooDeep = nodeDeeperThan(document.contents, maxDepth);
  if (tooDeep !== null)
    return {
      problems: [source.problem(startOf(tooDeep), { message: `nested deeper than ${maxDepth} levels` })],
    };
  const badAlias = aliasProblem(document, source);
  if (badAlias !== null) return { problems: [badAlias] };
  const data = plainData(document);
  if (data === null) return { problems: [source.problem(0, aliasBomb)] };
  return new PlacedDocument(document, data.value, source);
}

const aliasBomb = { message: 'aliases multiply the file too much', hint: 'write the values out' };
const selfReference = { message: 'an alias inside of what it stands for', hint: 'write the value out' };
const danglingAlias = {
  message: 'an alias (*name) without an anchor (&name) before it',
  hint: "a text that begins with '*' needs quotes",
};

class PlacedDocument implements YamlDocument {
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #source: SourceText;

  constructor(document: Document.Parsed, value: unknown, source: SourceText) {
    this.#document = document;
    this.value = value;
    this.#source = source;
  }

  problemAt(path: YamlPath, report: ProblemReport): Problem {
    const { node } = this.#lookUp(path);
    return this.#source.problem(startOf(node) + offsetWithin(node, report.offset), report);
  }

  problemAtKey(path: YamlPath, report: ProblemReport): Problem {
    const { node, key } = this.#lookUp(path);
    return this.#source.problem(startOf(key ?? node), report);
  }

  writtenAt(path: YamlPath): string | null {
    const { node, isExact } = this.#lookUp(path);
    if (!isExact || !isScalar(node) || !node.range) return null;
    return this.#source.excerpt(node.range[0], node.range[1]);
  }

  /** Walks down as far as the path leads; `key` is the key of the last map entry on the way. */
  #lookUp(path: YamlPath): { node: Node | null; key: Node | null; isExact: boolean } {
    let node: Node | null = this.#document.contents;
    let key: Node | null = null;
    for (const part of path) {
      const child = childOf(isAlias(node) ? (node.resolve(this.#document) ?? null) : node, part);
      if (child === null) return { node: key ?? node, key, isExact: false };
      key = child.key;
      node = child.node ?? child.key;
    }
    return { node, key, isExact: true };
  }
}

function childOf(node: Node | null, part: string | number): { node: Node | null; key: Node | null } | null {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return isNode(item) ? { node: item, key: null } : null;
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
  if (pair === undefined || !isScalar(pair.key)) return null;
  return { node: isNode(pair.value) ? pair.value : null, key: pair.key };
}

/** Offsets within block scalars and texts with escapes are not worth the arithmetic: the text's start is near enough. */
function offsetWithin(node: Node | null, offset: number | undefined): number {
  if (offset === undefined || !isScalar(node)) return 0;
  if (node.type === 'PLAIN') return offset;
  return node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? offset + 1 : 0;
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function nodeDeeperThan(root: Node | null, limit: number): Node | null {
  return levelsOf(root).drop(limit).next().value?.[0] ?? null;
}

/** An alias can form a cycle only by standing inside its own anchor's node, since an anchor comes first. */
function aliasProblem(document: Document.Parsed, source: SourceText): Problem | null {
  const aliases = [...levelsOf(document.contents)].flat().filter((node) => isAlias(node));
  if (aliases.length > maxAliases) return source.problem(0, aliasBomb);
  for (const alias of aliases) {
    const anchored = alias.resolve(document);
    if (anchored === undefined) return source.problem(startOf(alias), danglingAlias);
    if ((anchored.range?.[1] ?? 0) > startOf(alias)) return source.problem(startOf(alias), selfReference);
  }
  return null;
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

/** @returns null when aliases would multiply the data beyond the limit */
function plainData(document: Document.Parsed): { value: unknown } | null {
  try {
    return { value: document.toJS({ maxAliasCount: maxAliasExpansion }) };
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}
