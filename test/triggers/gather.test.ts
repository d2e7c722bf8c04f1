import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { gather } from '../../src/triggers/gather.ts';

test('what is asked for in one turn, or while a batch is at work, forms the next one, and everybody gets the answer of theirs', async () => {
  const batches: number[][] = [];
  const later: Promise<number>[] = [];
  const double = gather(async (numbers: number[]) => {
    batches.push(numbers);
    if (batches.length === 1) later.push(...[6, 7].map(double));
    await Promise.resolve();
    return numbers.map((number) => 2 * number);
  }, 3);

  const answers = await Promise.all([1, 2, 3, 4, 5].map(double));

  expect([...answers, ...(await Promise.all(later))]).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
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
    throw new Fault('database-unreachable', `away, ${items.length}`);
  }, 100);

  const ends = await Promise.allSettled([0, 1, 2, 3].map(store));

  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(tries).toBe(1);
});
