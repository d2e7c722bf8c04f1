import { LineCounter, type Node, type YAMLError } from 'yaml';
import type { Problem } from './problem.ts';
import { fancyQuote, fancyQuoteHint } from './yaml-text.ts';

export const maxDepth = 32;

export interface ProblemReport {
  message: string;
  hint?: string | undefined;
  /** Moves the place within a one-line text value, in characters. */
  offset?: number;
}

export interface YamlOptions {
  fileName: string;
  /** False for files that may hold a secret by mistake: problems then never repeat the file's text. */
  showSource: boolean;
}

/** Where in the file the library has found a mistake. */
type Where = 'line-start' | 'file-end' | 'template' | 'within';

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
    if (offset >= this.#text.trimEnd().length) return 'file-end';
    return this.lines.linePos(offset).col === 1 ? 'line-start' : 'within';
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
  const template = told.find(({ pos: [offset] }) => source.placeOf(offset) === 'template');
  // What comes after it only follows from it.
  const worthTelling = template === undefined ? told : told.filter(({ pos }) => pos[0] <= template.pos[0]);
  const problems = worthTelling
    .toSorted((left, right) => left.pos[0] - right.pos[0])
    .filter((mistake, index, all) => mistake.pos[0] !== all[index - 1]?.pos[0])
    .map(({ code, pos: [offset] }) =>
      source.problem(
        offset,
        syntaxReport(code, {
          place: source.placeOf(offset),
          line: source.lineOf(offset),
          above: source.lineAbove(offset),
        }),
      ),
    );
  return problems.filter(
    ({ line, message }, index) =>
      problems[index - 1]?.line !== line || problems[index - 1]?.message !== message,
  );
}

/** Mistakes that leave no doubt about the rest of the file. */
export function isReadableInSpiteOf({ code }: YAMLError): boolean {
  return code === 'TAG_RESOLVE_FAILED' || code === 'BAD_DQ_ESCAPE';
}

interface Surroundings {
  place: Where;
  line: string;
  above: string;
}

function syntaxReport(code: string, { place, line, above }: Surroundings): ProblemReport {
  if (place === 'template') return bareTemplate;
  if (isFlatText.has(code) && /(?:^|[\s-])[|>][-+0-9]*\s*$/.test(above)) return flatText;
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && /^\s*-\w/.test(line)) return dashWithoutSpace;
  if (code === 'MISSING_CHAR' && place === 'file-end') return neverClosed;
  // What the library misses there is the rest of a line above, whose indentation this line does not share.
  if (code === 'MISSING_CHAR' && place === 'line-start') return badIndent;
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && !/:\s.*:(?:\s|$)/.test(line)) return tooDeepBelow;
  return syntaxReports[code] ?? { message: 'this is not valid YAML here' };
}

/** What the library tells of a line that was meant to be of a text, and is read as one of keys. */
const isFlatText = new Set(['BAD_INDENT', 'MISSING_CHAR', 'MULTILINE_IMPLICIT_KEY']);

const bareTemplate = {
  message: "a text with '${' needs quotes between braces or brackets",
  hint: "put it in quotes: '${branch}'",
};
const neverClosed = {
  message: 'the file ends before a quote, bracket or brace is closed',
  hint: 'look further up for one without its partner',
};
const badIndent = {
  message: 'the indentation does not fit the lines above',
  hint: 'keys that belong together begin in the same column; or a bracket, brace or quote above is not closed',
};

const tooDeepBelow = {
  message: 'the line below is indented further than this one, which has a value already',
  hint: 'keys that belong together begin in the same column',
};
const dashWithoutSpace = {
  message: 'a dash of a list is followed by a space',
  hint: "write '- ' before the first key of each entry",
};
const flatText = {
  message: "the text after '|' or '>' above does not begin here: this line is not indented further",
  hint: "indent each line of the text further than what stands before the '|' or '>'",
};

/** One forgotten quote makes everything after it wrong. */
const maxSyntaxProblems = 10;

/** `TAB_AS_INDENT` and friends, by the codes of the YAML library. */
const syntaxReports: Partial<Record<string, ProblemReport>> = {
  TAB_AS_INDENT: { message: 'a tab cannot indent YAML', hint: 'use spaces' },
  BAD_INDENT: badIndent,
  BAD_SCALAR_START: { message: 'a text cannot begin with this character', hint: 'put the text in quotes' },
  BAD_DQ_ESCAPE: {
    message: 'an unknown escape in a text in double quotes',
    hint: 'use single quotes for text with backslashes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a nested value cannot stand on the line of its key',
    hint: "a text that contains ': ' needs quotes",
  },
  MISSING_CHAR: {
    message: 'a quote, bracket, comma or space is missing here',
    hint: "a text with brackets, braces, commas or ': ' in it needs quotes",
  },
  MULTIPLE_DOCS: {
    message: 'the file holds more than one YAML document',
    hint: "remove the '---' or '...', and what follows it",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "a key stands on one line, followed by ':' and a space",
    hint: 'write NAME: value',
  },
  NON_STRING_KEY: { message: 'a key must be text' },
  RESOURCE_EXHAUSTION: { message: `nested deeper than ${maxDepth} levels` },
  TAG_RESOLVE_FAILED: {
    message: 'tags (!name) are not supported',
    hint: "a text that begins with '!' needs quotes",
  },
};
