import type { Problem } from './problem.ts';
import type { SourceText } from './yaml-source.ts';

/** More of the same nobody reads. */
const mostTold = 10;

/** What is wrong with the characters of a file, whatever they say. */
export function textProblems(text: string, source: SourceText): Problem[] {
  // Whoever has read the file has put this character where there was no UTF-8.
  const strange = text.indexOf('\ufffd');
  if (strange >= 0) return [source.problem(strange, notUtf8)];
  const version = /^%YAML[ \t]+(?!1\.2\b)\S+/.exec(text);
  const directive = version === null ? [] : [source.problem(text.indexOf('%'), otherVersion)];
  return [
    ...directive,
    ...found(text, controlCharacters).map(({ 0: character, index }) =>
      source.problem(index, {
        message: `a control character (${codeOf(character)}) cannot stand in YAML`,
        hint: 'remove it',
      }),
    ),
    ...found(text, loneReturns).map(({ index }) => source.problem(index, loneReturn)),
  ];
}

/** What is wrong with the file as a whole, and makes all else in it look wrong. */
export function encodingProblem(text: string, source: SourceText): Problem | null {
  // Half of each letter is a zero then.
  if (/^\0[^\0]|^[^\0]\0/.test(text)) return source.problem(0, utf16);
  const isOfReturns = text.includes('\r') && !text.includes('\n');
  return isOfReturns ? source.problem(text.indexOf('\r'), loneReturn) : null;
}

/** A space before the first word of a line that only looks like one: the indentation is not what it seems. */
export function strangeIndent(text: string, source: SourceText): Problem | null {
  const match = /^([ \t]*)([\u00a0\u1680\u2000-\u200d\u202f\u205f\u3000])/m.exec(text);
  if (match === null) return null;
  const [, before = '', character = ''] = match;
  const message = `a line is indented with a character that is no plain space (${codeOf(character)})`;
  return source.problem(match.index + before.length, { message, hint: 'replace it with plain spaces' });
}

/** What a merge leaves behind where two people changed the same lines, each at the line that begins it. */
export function conflictProblems(text: string, source: SourceText): Problem[] {
  const isConflict = /^={7}\r?$/m.test(text) && /^>{7} /m.test(text);
  return isConflict ? found(text, /^<{7} /gm).map(({ index }) => source.problem(index, conflict)) : [];
}

/** Quotes of a word processor. */
export const fancyQuote = /^[\u201c\u201d\u201e\u2018\u2019\u300c\uff02\uff07]/;
export const fancyQuoteHint = 'these are no quotes of YAML: write \' or "';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/g;
const loneReturns = /\r(?!\n)/g;
const conflict = {
  message: 'a conflict of a merge begins here',
  hint: 'keep what is right of the two sides, and remove the lines with <<<<<<<, ======= and >>>>>>>',
};
const utf16 = { message: 'the file is UTF-16', hint: 'save it as UTF-8' };
const notUtf8 = { message: 'the file is not UTF-8 from here on', hint: 'save it as UTF-8' };
const otherVersion = {
  message: 'the file says that it is of another version of YAML than 1.2',
  hint: 'remove this line, and the --- after it',
};
const loneReturn = {
  message: 'a carriage return without a line feed',
  hint: 'end lines with a line feed, or with both',
};

function found(text: string, what: RegExp): RegExpExecArray[] {
  return text.matchAll(what).take(mostTold).toArray();
}

export function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
