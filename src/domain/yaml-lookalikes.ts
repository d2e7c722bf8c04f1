import type { Problem } from './problem.ts';
import type { SourceText } from './yaml-source.ts';
import { codeOf } from './yaml-text.ts';

/**
 * Signs of a Chinese keyboard and spaces of a chat or a web page where YAML has signs of its own, in the lines that it
 * cannot make sense of. Within a text they are as good as any other.
 */
export function lookalikeProblems(offsets: readonly number[], source: SourceText): Problem[] {
  const lines = new Set(offsets.map((offset) => source.lineStart(offset)));
  return [...lines].flatMap((start) => {
    const found = lookalikeIn(source.lineOf(start));
    if (found === null) return [];
    const { at, what, hint } = found;
    return [source.problem(start + at, { message: `here is ${what}`, hint })];
  });
}

/** The first of them in a line or key. */
export function lookalikeIn(line: string): { at: number; what: string; hint: string } | null {
  const match = afterWord.exec(line) ?? afterSign.exec(line);
  if (match === null) return null;
  const [character] = match;
  const plain = plainOf.get(character);
  const at = match.index;
  if (plain === undefined)
    return {
      at,
      what: `a space that is no plain one (${codeOf(character)})`,
      hint: 'replace it with a plain space',
    };
  return { at, what: `a full-width '${plain}' (${codeOf(character)})`, hint: `write '${plain}'` };
}

const plainOf = new Map([
  ['\uff1a', ':'],
  ['\uff0c', ','],
  ['\uff5b', '{'],
  ['\uff5d', '}'],
  ['\uff3b', '['],
  ['\uff3d', ']'],
]);
const afterWord = /(?<=[\w"'\]}:,]\s*)[\uff1a\uff0c\uff5b\uff5d\uff3b\uff3d]/;
const afterSign = /(?<=^|[:,[{-])[\u00a0\u1680\u2000-\u200d\u202f\u205f\u3000]/;
