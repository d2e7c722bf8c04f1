import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinePieces } from '../../src/domain/line-pieces.ts';

test('wherever text is cut, its pieces make up its lines, and none is longer than what may be held', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 9 }));

  fc.assert(
    fc.property(texts, (parts) => {
      const lines = new LinePieces(5);

      const pieces = [...parts.flatMap((part) => lines.push(part)), ...lines.end()];

      let rebuilt = '';
      for (const { text, isLast } of pieces) rebuilt += isLast ? `${text}\n` : text;
      const text = parts.join('');
      expect(rebuilt).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
      expect(pieces.filter(({ isFirst }) => isFirst)).toHaveLength(
        pieces.filter(({ isLast }) => isLast).length,
      );
      expect(Math.max(0, ...pieces.map((piece) => piece.text.length))).toBeLessThanOrEqual(5 + 9);
    }),
  );
});

test('a line of 1 GiB that comes in small pieces is given on as it comes', () => {
  const lines = new LinePieces();
  const part = 'x'.repeat(16 * 1_024);
  let units = 0;

  for (let index = 0; index < 65_536; index += 1) {
    for (const { text } of lines.push(part)) units += text.length;
  }
  for (const { text } of lines.end()) units += text.length;

  expect(units).toBe(2 ** 30);
});
