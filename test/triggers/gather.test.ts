import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
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

test('a database that is away fails a batch once, not each of its items in turn', async () => {
  let tries = 0;
  const store = gather(async (items: number[]) => {
    tries += 1;
    await Promise.resolve();
    if (items.includes(0)) return items;
    throw new Fault('database-unreachable', 'away');
  }, 100);

  const ends = await Promise.allSettled([0, 1, 2, 3].map(store));

  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  expect(tries).toBe(2);
});
