import { Surprise } from './direct-question.ts';

/** What the protocol of svnserve consists of: numbers, words, strings of bytes (here one character each), lists. */
export type Item = number | { readonly word: string } | string | readonly Item[];

const deepest = 8;
/** svnserve writes a missing size as the greatest number of 64 bits. */
const token =
  /[ \n]*(?:(?<bracket>[()])[ \n]|(?<length>\d{1,5}):|(?<number>\d{1,20})[ \n]|(?<word>[a-zA-Z][a-zA-Z0-9-]*)[ \n])/y;
const beginOfToken = /[ \n]*(?:[()]?|\d{1,20}|[a-zA-Z][a-zA-Z0-9-]*)$/y;

/**
 * Reads the first item of a text in which each character stands for a byte.
 * @returns undefined when the text ends within it
 * @throws Surprise for what no item begins with, and for lists in lists without end
 */
export function readItem(text: string): { item: Item; length: number } | undefined {
  const whole: Item[] = [];
  const open = [whole];
  let at = 0;
  do {
    const read = readToken(text, at);
    if (read === undefined) return undefined;
    at = read.end;
    place(read.token, open);
  } while (open.length > 1);
  const [item = []] = whole;
  return { item, length: at };
}

/** @param open the lists that have not ended yet, the innermost last */
function place(token: Token['token'], open: Item[][]): void {
  if (token === ')') open.pop();
  const innermost = open.at(-1);
  if (innermost === undefined) throw new Surprise('A list ended that had not begun');
  if (token === ')') return;
  const item: Item[] | Item = token === '(' ? [] : token.item;
  innermost.push(item);
  if (token === '(') open.push(item as Item[]);
  if (open.length > deepest) throw new Surprise('Lists in lists without end');
}

interface Token {
  token: '(' | ')' | { item: Item };
  /** Where the next one begins. */
  end: number;
}

function readToken(text: string, at: number): Token | undefined {
  token.lastIndex = at;
  const groups = token.exec(text)?.groups;
  if (groups === undefined) return endWithin(text, at);
  const end = token.lastIndex;
  const { bracket, length, number, word } = groups;
  if (length !== undefined) return readString(text, end, Number(length));
  if (number !== undefined) return { token: { item: Number(number) }, end };
  if (word !== undefined) return { token: { item: { word } }, end };
  return { token: bracket === '(' ? '(' : ')', end };
}

function readString(text: string, begin: number, length: number): Token | undefined {
  const end = begin + length;
  if (text.length <= end) return undefined;
  if (!' \n'.includes(text.charAt(end))) throw new Surprise('A string is longer than it says');
  return { token: { item: text.slice(begin, end) }, end: end + 1 };
}

function endWithin(text: string, at: number): undefined {
  beginOfToken.lastIndex = at;
  if (!beginOfToken.test(text)) throw new Surprise('This is not the protocol of svnserve');
}
