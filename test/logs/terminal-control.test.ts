import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TerminalControl } from '../../src/logs/terminal-control.ts';

test.each([
  ['colours stay', '\x1b[1;31mred\x1b[0m', '\x1b[1;31mred\x1b[0m'],
  ['cursor movement goes', 'a\x1b[2K\x1b[10;3Hb\x1b[?25l', 'ab'],
  ['a window title goes', 'a\x1b]0;evil\x07b', 'ab'],
  ['a link goes, its text stays', '\x1b]8;;http://localhost\x1b\\text\x1b]8;;\x1b\\', 'text'],
  ['a string of eight-bit control goes', 'a\x9d0;evil\x9cb', 'ab'],
  ['short sequences go', '\x1bca\x1b(Bb\x1b7', 'ab'],
  ['bell, backspace and NUL go', 'a\x07\bb\0c', 'abc'],
  ['tab, line feed and a lone carriage return stay', 'a\tb\nc\rd', 'a\tb\nc\rd'],
  ['the line end of a terminal becomes ours', 'a\r\nb', 'a\nb'],
  ['what looks like colour but asks for more goes', 'a\x1b[>4;2mb', 'ab'],
])('%s', (_what, text, cleaned) => {
  expect(cleanAll([text])).toBe(cleaned);
});

test('wherever the text is cut, the result is the same, and nothing but colours is left of the control', () => {
  const piece = fc.constantFrom(
    'a',
    'é',
    '😀',
    '\x1b',
    '[',
    ']',
    '0',
    ';',
    'm',
    'K',
    '\x07',
    '\\',
    '\r',
    '\n',
    '\x9b',
  );

  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }),
      fc.array(fc.nat(5), { minLength: 40, maxLength: 40 }),
      (text, cuts) => {
        const whole = cleanAll([text.join('')]);

        expect(cleanAll(cut(text.join(''), cuts))).toBe(whole);
        expect(whole.replace(colours, '')).not.toMatch(/[^\P{Cc}\t\n\r]/u);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a sequence that never ends does not hold the log back for ever', () => {
  const control = new TerminalControl();

  control.push(`\x1b]0;${'x'.repeat(10_000)}`);

  expect(control.push('text')).toBe('text');
});

test('beginnings of strings that have no end take no time to look through', () => {
  const control = new TerminalControl();

  expect(control.push(`${'\x90'.repeat(200_000)}\x07text`)).toBe('text');
});

const escapeSign = '\x1b';
const colours = new RegExp(`(?:${escapeSign}\\[|\x9b)[0-9;:]*m`, 'g');

function cleanAll(pieces: string[]): string {
  const control = new TerminalControl();
  return pieces.map((piece) => control.push(piece)).join('') + control.end();
}

function cut(text: string, lengths: number[]): string[] {
  const [length = text.length, ...others] = lengths;
  const rest = text.slice(length);
  return [text.slice(0, length), ...(others.length > 0 ? cut(rest, others) : [rest])];
}
