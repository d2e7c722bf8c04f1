import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gather } from '../../src/triggers/gather.ts';

test('what is asked for while a batch is at work forms the next one, and everybody gets the answer of theirs', async () => {
  const batches: number[][] = [];
  const double = gather(async (numbers: number[]) => {
    batches.push(numbers);
    await Promise.resolve();
    return numbers.map((number) => 2 * number);
  }, 3);

  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(double));

  expect(answers).toEqual([2, 4, 6, 8, 10, 12]);
  expect(batches).toEqual([[1], [2, 3, 4], [5, 6]]);
});

test('a bad item spoils nobody else’s', async () => {
  const check = gather(async (items: string[]) => {
    await Promise.resolve();
    if (items.includes('bad')) throw new Error('a bad item');
    return items.map((item) => `${item} stored`);
  }, 100);

  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('good', 'bad')), async (items) => {
      const ends = await Promise.allSettled(items.map(check));

      expect(ends.map(({ status }) => status)).toEqual(
        items.map((item) => (item === 'bad' ? 'rejected' : 'fulfilled')),
      );
    }),
  );
});
