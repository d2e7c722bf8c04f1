import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Surprise } from '../../../../src/scm/subversion/direct/direct-question.ts';
import { type Item, readItem } from '../../../../src/scm/subversion/direct/read-item.ts';

const { item: anyItem } = fc.letrec<{ item: Item; list: Item[] }>((tie) => ({
  list: fc.array(tie('item'), { maxLength: 4 }),
  item: fc.oneof(
    { maxDepth: 6 },
    fc.nat(),
    fc.string({ maxLength: 40, unit: fc.nat(255).map((code) => String.fromCharCode(code)) }),
    fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,20}$/).map((word) => ({ word })),
    tie('list'),
  ),
}));
const anySpace = fc.constantFrom(' ', '\n', '  ');

test('what was written is read, and what follows is left', () => {
  fc.assert(
    fc.property(anyItem, anySpace, fc.string(), (item, space, rest) => {
      const text = written(item, space);

      expect(readItem(text + rest)).toEqual({ item, length: text.length });
    }),
  );
});

test('of an item that has not come as a whole there is none yet', () => {
  fc.assert(
    fc.property(anyItem, anySpace, fc.double({ min: 0, max: 1, noNaN: true }), (item, space, part) => {
      const text = written(item, space);
      const begun = text.slice(0, Math.min(Math.floor(part * text.length), text.length - 1));

      expect(readItem(begun)).toBeUndefined();
    }),
  );
});

test('whatever else comes is refused, or waited for, and never mistaken', () => {
  const pieces = fc.constantFrom('(', ')', ' ', '\n', '1', '99999:', ':', 'a', '-', '\0', 'ÿ', '( ( ');

  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const text = parts.join('');

      const read = outcomeOf(text);

      if (read instanceof Error) expect(read).toBeInstanceOf(Surprise);
      else if (read !== undefined)
        expect(readItem(written(read.item, ' '))).toMatchObject({ item: read.item });
    }),
  );
});

test.each([
  ['SSH-2.0-OpenSSH_9.2\r\n', 'another protocol'],
  ['HTTP/1.1 400 Bad Request\r\n', 'another protocol'],
  [') ', 'an end without a begin'],
  ['( '.repeat(100), 'lists without end'],
  ['3:abcd ', 'a string that is longer than it says'],
  ['999999999999:', 'a string of a terabyte'],
  ['123456789012345678901 ', 'a number of more than 64 bits'],
])('%j is no item: %s', (text) => {
  expect(outcomeOf(text)).toBeInstanceOf(Surprise);
});

test('the greeting of svnserve is read', () => {
  const greeting = '( success ( 2 2 ( ) ( edit-pipeline svndiff1 ) ) ) ';

  expect(readItem(greeting)).toEqual({
    item: [{ word: 'success' }, [2, 2, [], [{ word: 'edit-pipeline' }, { word: 'svndiff1' }]]],
    length: greeting.length,
  });
});

/** @param space between its parts; one ends it */
function written(item: Item, space: string): string {
  if (typeof item === 'number') return `${item} `;
  if (typeof item === 'string') return `${item.length}:${item} `;
  if ('word' in item) return `${item.word}\n`;
  return `(${space}${item.map((one) => written(one, space) + space.slice(1)).join('')}) `;
}

function outcomeOf(text: string): ReturnType<typeof readItem> | Error {
  try {
    return readItem(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
