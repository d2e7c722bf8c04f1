import { LineCounter, type Node, type YAMLError } from 'yaml';
import type { Problem, ProblemReport } from './problem.ts';
import { syntaxReport, type Where } from './yaml-syntax-reports.ts';
import { fancyQuote, fancyQuoteHint } from './yaml-text.ts';

export interface YamlOptions {
  fileName: string;
  /** False for files that may hold a secret by mistake: problems then never repeat the file's text. */
  showSource: boolean;
}

/** The file's text, which knows the line and column of an offset. */
export class SourceText {
  readonly lines = new LineCounter();
  readonly #text: string;
  readonly #options: YamlOptions;

  constructor(text: string, options: YamlOptions) {
    this.#text = text;
    this.#options = options;
  }

  excerpt(from: number, to: number): string | null {
    return this.#options.showSource ? this.#text.slice(from, to) : null;
  }

  placeOf(offset: number): Where {
    // Within { } or [ ] a plain text ends at a brace: ${branch} there begins a map.
    if (this.#text.slice(offset - 1, offset + 1) === '${') return 'template';
    if (/[\]}]/.test(this.#text.charAt(offset))) return 'closer';
    if (offset >= this.#text.trimEnd().length) return 'file-end';
    if (this.lines.linePos(offset).col === 1) return 'line-start';
    return /["']\s+$/.test(this.#text.slice(this.lineStart(offset), offset)) ? 'after-quote' : 'within';
  }

  /** Where the tag of a node begins; without one, the node. */
  beforeTag(offset: number, node: Node | null): number {
    if (node?.tag === undefined || !this.#text.includes('!')) return offset;
    const { col } = this.lines.linePos(offset);
    const tag = /![^\s,[\]{}]*[ \t]*$/.exec(this.#text.slice(offset - col + 1, offset));
    return tag === null ? offset : offset - tag[0].length;
  }

  /** Where the line begins that an offset is in. */
  lineStart(offset: number): number {
    return this.lines.lineStarts[this.lines.linePos(offset).line - 1] ?? 0;
  }

  /** The line that an offset is in. */
  lineOf(offset: number): string {
    return /^[^\r\n]*/.exec(this.#text.slice(this.lineStart(offset)))?.[0] ?? '';
  }

  /** The last line above it that is not empty. */
  lineAbove(offset: number): string {
    return this.#text.slice(0, this.lineStart(offset)).trimEnd().split('\n').at(-1) ?? '';
  }

  problem(offset: number, { message, hint: known }: ProblemReport): Problem {
    const hint =
      known ?? (fancyQuote.test(this.#text.slice(offset, offset + 1)) ? fancyQuoteHint : undefined);
    const { line, col } = this.lines.linePos(offset);
    const source = this.#options.showSource ? this.lineOf(offset) : undefined;
    return {
      file: this.#options.fileName,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      message,
      ...(hint !== undefined && { hint }),
      ...(source !== undefined && { source }),
    };
  }
}

/** The YAML library's findings as problems, in the file's order. Its own messages may quote the file, so we have others. */
export function syntaxProblems(mistakes: YAMLError[], source: SourceText): Problem[] {
  const tooDeep = mistakes.find((mistake) => mistake.code === 'RESOURCE_EXHAUSTION');
  const told = tooDeep === undefined ? mistakes.slice(0, maxSyntaxProblems) : [tooDeep];
  const unquoted = told.find(isUnquotedText(source));
  // What comes after it only follows from it.
  const worthTelling = unquoted === undefined ? told : told.filter(({ pos }) => pos[0] <= unquoted.pos[0]);
  const found = worthTelling
    .toSorted((left, right) => left.pos[0] - right.pos[0])
    .filter((mistake, index, all) => mistake.pos[0] !== all[index - 1]?.pos[0])
    .map((mistake) => ({ mistake, problem: syntaxProblem(mistake, source) }));
  return found
    .filter(({ mistake, problem: { line, message } }, index) => {
      const before = found[index - 1]?.problem;
      return before?.line !== line || (isReadableInSpiteOf(mistake) && before.message !== message);
    })
    .map(({ problem }) => problem);
}

function syntaxProblem({ code, pos: [offset] }: YAMLError, source: SourceText): Problem {
  const [place, line, above] = [source.placeOf(offset), source.lineOf(offset), source.lineAbove(offset)];
  return source.problem(offset, syntaxReport(code, { place, line, above }));
}

/** A text that ends where it was not meant to: the library then tells of all that stands behind, too. */
function isUnquotedText(source: SourceText) {
  return ({ code, pos: [offset] }: YAMLError) =>
    source.placeOf(offset) === 'template' ||
    (code === 'UNEXPECTED_TOKEN' && source.placeOf(offset) === 'after-quote');
}

/** Mistakes that leave no doubt about the rest of the file. */
export function isReadableInSpiteOf({ code }: YAMLError): boolean {
  return code === 'TAG_RESOLVE_FAILED' || code === 'BAD_DQ_ESCAPE' || code === 'BAD_ALIAS';
}

/** One forgotten quote makes everything after it wrong. */
const maxSyntaxProblems = 10;
