import { Fault } from '../../../domain/fault.ts';

/** One line of a `svn:externals` property, as written. */
export interface WrittenExternal {
  /** Relative to the folder that has the property. */
  target: string;
  /** Absolute, or `^/`, `//`, `/` or `../` and a path. */
  url: string;
  /** Numbers; null: the newest. */
  revision: string | null;
  peg: string | null;
}

/**
 * Reads a `svn:externals` property in all its forms: `[-r N] URL[@PEG] TARGET`, and the older `TARGET -r N URL`, or
 * `TARGET URL` with an absolute URL. Words may be quoted; a backslash takes the next character as it is; `#` begins a comment line.
 * @param folder that has it, relative to the tree: for messages
 * @throws Fault `scm-broken-tree` for a line that Subversion would not take either, or that names a date
 */
export function parseExternals(property: string, folder: string): WrittenExternal[] {
  const lines = property.split(/\r\n|\r|\n/).map((line) => line.trim());
  const written = lines.filter((line) => line !== '' && !line.startsWith('#'));
  try {
    return written.map(parseLine);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const place = folder === '' ? 'the source itself' : JSON.stringify(folder);
    throw new Fault('scm-broken-tree', `svn:externals of ${place} are refused: ${cause.message}`, {
      hint: 'Correct the property in the repository',
      isRetryable: false,
      cause,
    });
  }
}

function parseLine(line: string): WrittenExternal {
  const words = wordsOf(line);
  const flag = words.findIndex((word) => word.startsWith('-r'));
  const revision = flag === -1 ? null : takeRevision(words, flag);
  const [first, second, ...others] = words;
  if (first === undefined || second === undefined || others.length > 0 || flag > 1)
    throw broken(line, 'it is not a URL and a target, with at most one revision');
  // As Subversion does, which takes relative URLs here too.
  const isOld = flag === 1 || (flag === -1 && !isAbsoluteUrl(first) && isAbsoluteUrl(second));
  if (isAbsoluteUrl(first) && isAbsoluteUrl(second)) throw broken(line, 'it has two URLs');
  if (isOld) {
    const number = numberOf(line, revision);
    checkUrl(line, second);
    return { target: targetOf(line, first), url: second, revision: number, peg: number };
  }
  const [url, written] = splitPeg(first);
  checkUrl(line, url);
  const peg = numberOf(line, written);
  return {
    target: targetOf(line, second),
    url,
    revision: revision === null ? peg : numberOf(line, revision),
    peg,
  };
}

function checkUrl(line: string, url: string): void {
  if (!isAbsoluteUrl(url) && !/^(\^\/|\/|\.\.\/)/.test(url))
    throw broken(line, 'its URL has no form that Subversion knows');
}

/** Takes `-r N` or `-rN` out of the words. */
function takeRevision(words: string[], at: number): string | null {
  const [joined = ''] = words.splice(at, 1);
  return joined === '-r' ? (words.splice(at, 1)[0] ?? '') : joined.slice(2);
}

/** `null` and HEAD are the newest. */
function numberOf(line: string, written: string | null): string | null {
  if (written === null || written.toUpperCase() === 'HEAD') return null;
  const [, number] = /^r?(\d{1,10})$/.exec(written) ?? [];
  if (number === undefined) throw broken(line, `${JSON.stringify(written)} is not a revision number`);
  return number;
}

function splitPeg(url: string): [string, string | null] {
  const at = url.lastIndexOf('@');
  if (at <= url.lastIndexOf('/')) return [url, null];
  const peg = url.slice(at + 1);
  return [url.slice(0, at), peg === '' ? null : peg];
}

function targetOf(line: string, written: string): string {
  const segments = written.split('/').filter((segment) => segment !== '' && segment !== '.');
  const leaves = written.startsWith('/') || segments.includes('..');
  if (leaves || segments.length === 0) throw broken(line, 'its target is not a path below its folder');
  if (segments.some((segment) => segment.toLowerCase() === '.svn' || /\p{Cc}/u.test(segment)))
    throw broken(line, 'its target has a name that is not allowed');
  return segments.join('/');
}

function isAbsoluteUrl(word: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(word);
}

const wordPattern = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')+/g;
const quotePattern = /(\\.)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g;

function wordsOf(line: string): string[] {
  if (line.replaceAll(wordPattern, '').trim() !== '') throw broken(line, 'a quotation mark is not closed');
  const words = line.match(wordPattern) ?? [];
  return words.map((word) => word.replaceAll(quotePattern, '$1$2$3').replaceAll(/\\(.)/g, '$1'));
}

function broken(line: string, why: string): Fault {
  return new Fault('scm-broken-tree', `the line ${JSON.stringify(line)}: ${why}`, { isRetryable: false });
}
