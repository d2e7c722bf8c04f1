import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LongLines } from '../../src/logs/long-lines.ts';

const mebibyte = 2 ** 20;

test('text goes on as it is, at once, however long it is, where no line is', () => {
  const lines = new LongLines();
  const text = `${'x'.repeat(500_000)}\n`.repeat(5);

  expect(lines.push(text) + lines.push('the end')).toBe(`${text}the end`);
  expect(lines.end()).toBe('');
});

test('of a line that is too long the two ends stay, and what was left out between them is counted', () => {
  const line = `begin${'x'.repeat(3 * mebibyte)}end\n`;

  const text = shortened([line, 'next\n']);

  const [, head = '', count, tail = ''] =
    /^(.*)\n\[Trunkline left out (\d+) characters of this line\]\n(.*)\nnext\n$/s.exec(text) ?? [];
  expect(head.startsWith('begin')).toBe(true);
  expect(tail.endsWith('end')).toBe(true);
  expect(head.length + tail.length).toBeLessThan(mebibyte);
  expect(head.length + Number(count) + tail.length).toBe(line.length - 1);
});

test('the beginning of a long line is told while it still goes on', () => {
  const lines = new LongLines();

  const told = lines.push('x'.repeat(2 * mebibyte));

  expect(told).toBe('x'.repeat(768 * 1024));
});

test('a line that just fits is whole, wherever it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: mebibyte - 2 }), { maxLength: 5 }), (cuts) => {
      const line = `${'abcdefg'.repeat(mebibyte).slice(0, mebibyte - 1)}\n`;
      const places = [0, ...cuts.toSorted((one, other) => one - other), line.length];

      const parts = places.slice(1).map((place, index) => line.slice(places[index], place));

      expect(shortened(parts) === line).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('neither a character nor a colour is cut through', () => {
  const colour = '\x1b[31;1m';
  const before = 'x'.repeat(768 * 1024 - 3);

  expect(new LongLines().push(`${before}${colour}${'y'.repeat(mebibyte)}`)).toBe(before);
  expect(new LongLines().push(`${before}12${'😀'.repeat(mebibyte)}`)).toBe(`${before}12`);
  expect(shortened(['😀'.repeat(mebibyte), '\n']).isWellFormed()).toBe(true);
  expect(shortened(['x', '😀'.repeat(mebibyte), '\n']).isWellFormed()).toBe(true);
});

function shortened(parts: string[]): string {
  const lines = new LongLines();
  return parts.map((part) => lines.push(part)).join('') + lines.end();
}
