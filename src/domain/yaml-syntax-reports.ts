import type { ProblemReport } from './problem.ts';

export const maxDepth = 32;

/** Where in the file the library has found a mistake. */
export type Where = 'line-start' | 'file-end' | 'template' | 'after-quote' | 'closer' | 'within';

/** Where the library has found a mistake, and what is written there. */
interface Surroundings {
  place: Where;
  line: string;
  above: string;
}

/** What to tell of it, by the code of the library: its own messages may quote the file. */
export function syntaxReport(code: string, where: Surroundings): ProblemReport {
  return reportOfSurroundings(code, where) ?? syntaxReports[code] ?? noYaml;
}

function reportOfSurroundings(code: string, { place, line, above }: Surroundings): ProblemReport | undefined {
  if (place === 'template') return bareTemplate;
  if (code === 'UNEXPECTED_TOKEN') return unexpected[place];
  if (code === 'BAD_INDENT' && /^ *\t/.test(line)) return tabAsIndent;
  if (isFlatText.has(code) && /(?:^|[\s-])[|>][-+0-9]*\s*$/.test(above)) return flatText;
  if (code === 'MISSING_CHAR') return missing[place];
  return code === 'BLOCK_AS_IMPLICIT_KEY' ? blockAsKey(line) : undefined;
}

function blockAsKey(line: string): ProblemReport | undefined {
  if (/^\s*-\w/.test(line)) return dashWithoutSpace;
  return /:\s.*:(?:\s|$)/.test(line) ? undefined : tooDeepBelow;
}

/** What the library tells of a line that was meant to be of a text, and is read as one of keys. */
const isFlatText = new Set(['BAD_INDENT', 'MISSING_CHAR', 'MULTILINE_IMPLICIT_KEY']);

const bareTemplate = {
  message: "a text with '${' needs quotes between braces or brackets",
  hint: "put it in quotes: '${branch}'",
};
const noYaml = { message: 'this is not valid YAML here' };
const unexpected: Partial<Record<Where, ProblemReport>> = {
  'after-quote': {
    message: 'the text goes on after the quote that ends it',
    hint: `put all of it in quotes: '"a b" && c', or on a line of its own below '|'`,
  },
  closer: { message: 'this closes what nothing has opened', hint: 'remove it' },
};
const tabAsIndent = { message: 'a tab cannot indent YAML', hint: 'use spaces' };
const neverClosed = {
  message: 'the file ends before a quote, bracket or brace is closed',
  hint: 'look further up for one without its partner',
};
const badIndent = {
  message: 'the indentation does not fit the lines above',
  hint: 'keys that belong together begin in the same column; or a bracket, brace or quote above is not closed',
};

// What the library misses at the start of a line is the rest of a line above, whose indentation this line does not share.
const missing: Partial<Record<Where, ProblemReport>> = { 'file-end': neverClosed, 'line-start': badIndent };
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

/** `TAB_AS_INDENT` and friends, by the codes of the YAML library. */
const syntaxReports: Partial<Record<string, ProblemReport>> = {
  TAB_AS_INDENT: tabAsIndent,
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
  BAD_ALIAS: {
    message: 'this is no whole alias (*name) or anchor (&name)',
    hint: "a text that begins with '*' or '&' needs quotes",
  },
  BLOCK_IN_FLOW: {
    message: 'a key within the value of another one',
    hint: "a comma stands between keys; a text that contains ': ' needs quotes",
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
