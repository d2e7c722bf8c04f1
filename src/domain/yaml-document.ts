import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { Problem, ProblemReport } from './problem.ts';
import { cutTexts } from './yaml-cut-texts.ts';
import { aliasBomb, danglingAliases, limitProblem, repeatedKeys } from './yaml-limits.ts';
import { lookalikeProblems } from './yaml-lookalikes.ts';
import { isReadableInSpiteOf, SourceText, syntaxProblems, type YamlOptions } from './yaml-source.ts';
import { conflictProblems, encodingProblem, strangeIndent, textProblems } from './yaml-text.ts';
import { unclosedProblem } from './yaml-unclosed.ts';

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

/** `document`: what can be read in spite of the problems, so that the rest of it can be checked as well. */
export interface UnreadableYaml {
  problems: Problem[];
  document: YamlDocument | null;
}

/**
 * Reads one YAML 1.2 document (JSON included), in a time that the largest file bounds. Messages are our own: a library's
 * message may quote the file.
 */
export function readYaml(written: string, options: YamlOptions): YamlDocument | UnreadableYaml {
  // A byte order mark is no column of the first line.
  const text = written.replace(/^\ufeff/, '');
  const source = new SourceText(text, options);
  const refuse = (...problems: Problem[]): UnreadableYaml => ({ problems, document: null });
  if (Buffer.byteLength(text) > maxYamlBytes)
    return refuse(source.problem(0, { message: `the file is larger than ${maxYamlBytes / 1024} KiB` }));
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    prettyErrors: false,
    stringKeys: true,
    // The library compares each key with every other one; `repeatedKeys` does not.
    uniqueKeys: false,
    lineCounter: source.lines,
  });
  // From here on the lines are counted.
  const encoding = encodingProblem(text, source);
  if (encoding !== null) return refuse(encoding);
  const ofText = textProblems(text, source);
  const findings = [...document.errors, ...document.warnings];
  if (!findings.every(isReadableInSpiteOf)) return refuse(...ofText, ...unreadable(text, findings, source));
  const mistakes = [...ofText, ...syntaxProblems(findings, source)];
  const beyond = limitProblem(document, source);
  if (beyond !== null) return refuse(beyond);
  const dangling = danglingAliases(document, source);
  const data = plainData(document);
  if (data === null) return refuse(source.problem(0, aliasBomb));
  const placed = new PlacedDocument(document, data.value, source);
  const further = [...repeatedKeys(document, source), ...cutTexts(document, text, source)];
  const problems = [...mistakes, ...dangling, ...further];
  return problems.length === 0 ? placed : { problems, document: placed };
}

/** What keeps the file from being read; where its cause is known, that alone. */
function unreadable(text: string, findings: YAMLError[], source: SourceText): Problem[] {
  const indent = strangeIndent(text, source);
  if (indent !== null) return [indent];
  const conflicts = conflictProblems(text, source);
  if (conflicts.length > 0) return conflicts;
  const has = (...codes: string[]) => findings.some(({ code }) => codes.includes(code));
  const isCutOff = has('MISSING_CHAR', 'BAD_INDENT') && !has('RESOURCE_EXHAUSTION');
  const unclosed = isCutOff ? unclosedProblem(text, source) : null;
  if (unclosed !== null) return [torn(unclosed, findings, source) ?? unclosed];
  const lookalikes = lookalikeProblems(
    findings.map(({ pos }) => pos[0]),
    source,
  );
  return lookalikes.length > 0 ? lookalikes : syntaxProblems(findings, source);
}

/** A bracket that seems open only because a text behind it, in its line, is in part in quotes: `[echo "${X}"]`. */
function torn(unclosed: Problem, findings: YAMLError[], source: SourceText): Problem | undefined {
  const first = findings.toSorted((left, right) => left.pos[0] - right.pos[0]).slice(0, 1);
  if (first[0]?.code !== 'MISSING_CHAR') return undefined;
  return syntaxProblems(first, source).find(
    ({ line, column }) => line === unclosed.line && column > unclosed.column,
  );
}

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
    // With a tag before it, it begins there: what follows from the tag is then told as one with it.
    const start = this.#source.beforeTag(startOf(node), node);
    return this.#source.problem(start + offsetWithin(node, report.offset), report);
  }

  problemAtKey(path: YamlPath, report: ProblemReport): Problem {
    const { node, key } = this.#lookUp(path);
    return this.#source.problem(startOf(key ?? node), report);
  }

  writtenAt(path: YamlPath): string | null {
    const { node, key, isExact } = this.#lookUp(path);
    // A key without a value, as in { image }, writes none.
    if (!isExact || node === key || !isScalar(node) || !node.range) return null;
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
  // Of a key that is given twice the last one counts.
  const pair = node.items.findLast((item) => isScalar(item.key) && String(item.key.value) === String(part));
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

/** @returns null when aliases would multiply the data beyond the limit */
function plainData(document: Document.Parsed): { value: unknown } | null {
  try {
    return { value: document.toJS({ maxAliasCount: maxAliasExpansion }) };
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}
