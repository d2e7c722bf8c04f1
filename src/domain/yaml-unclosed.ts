import { type Document, isCollection, isMap, isNode, isScalar, type Node, parseDocument, visit } from 'yaml';
import type { Problem } from './problem.ts';
import type { SourceText } from './yaml-source.ts';

/**
 * Where a quote, bracket or brace begins that is never closed: what the library tells of it is only where it has given up.
 * @returns null: all are closed
 */
export function unclosedProblem(text: string, source: SourceText): Problem | null {
  const document = parseDocument(text, {
    ...{ schema: 'core', version: '1.2', prettyErrors: false, stringKeys: true, uniqueKeys: false },
    keepSourceTokens: true,
  } as const);
  const open = openNodes(document);
  // A quote hides all that comes after it; of brackets within each other the innermost is the one.
  const first = open.find((node) => isScalar(node)) ?? open.at(-1);
  const offset = first?.range?.[0];
  if (first === undefined || offset === undefined) return null;
  const message = `this ${text[offset] ?? ''} is never closed`;
  return source.problem(offset, { message, hint: `close it with ${closerOf(first, text[offset])}` });
}

function openNodes(document: Document): Node[] {
  const open: Node[] = [];
  visit(document, {
    Node: (_key, node) => {
      if (isNode(node) && isOpen(node)) open.push(node);
    },
  });
  return open.toSorted((left, right) => (left.range?.[0] ?? 0) - (right.range?.[0] ?? 0));
}

function isOpen(node: Node): boolean {
  const token = node.srcToken;
  if (token === undefined) return false;
  if (token.type === 'flow-collection' && isCollection(node))
    return !token.end.some(({ type }) => type === (isMap(node) ? 'flow-map-end' : 'flow-seq-end'));
  if (token.type !== 'double-quoted-scalar' && token.type !== 'single-quoted-scalar') return false;
  return token.source.length < 2 || token.source.at(-1) !== token.source[0];
}

function closerOf(node: Node, opener: string | undefined): string {
  if (isScalar(node)) return opener ?? 'a quote';
  return isMap(node) ? '}' : ']';
}
