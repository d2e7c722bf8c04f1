import { setImmediate as endOfTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { gather } from '../../src/triggers/gather.ts';
import { waitFor } from '../support/wait-for.ts';

test('what is asked for in one turn, or while a batch is at work, forms the next one, and everybody gets the answer of theirs', async () => {
  const batches: number[][] = [];
  const later: Promise<number>[] = [];
  const double = gather(
    async (numbers: number[]) => {
      batches.push(numbers);
      if (batches.length === 1) later.push(...[6, 7].map(double));
      await Promise.resolve();
      return numbers.map((number) => 2 * number);
    },
    { most: 3 },
  );

  const answers = await Promise.all([1, 2, 3, 4, 5].map(double));

  expect([...answers, ...(await Promise.all(later))]).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
});

test('while one batch is at work the next may begin, and no more at once than may', async () => {
  const batches: { items: number[]; end: () => void }[] = [];
  const store = gather(
    async (items: number[]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      batches.push({ items, end: resolve });
      await promise;
      return items;
    },
    { most: 10, atOnce: 2 },
  );

  const answers = [store(1), store(2)];
  await waitFor(() => batches.length === 1, { what: 'the first batch' });
  answers.push(store(3));
  await waitFor(() => batches.length === 2, { what: 'the second batch' });
  answers.push(store(4), store(5));
  await endOfTurn();
  await endOfTurn();
  const atWork = batches.map(({ items }) => items);
  batches[1]?.end();
  await waitFor(() => batches.length === 3, { what: 'the third batch' });
  for (const { end } of batches) end();

  expect(atWork).toEqual([[1, 2], [3]]);
  expect(batches[2]?.items).toEqual([4, 5]);
  expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5]);
});

test('a bad item spoils nobody else’s', async () => {
  const check = gather(
    async (items: string[]) => {
      await Promise.resolve();
      if (items.includes('bad')) throw new Error('a bad item');
      return items.map((item) => `${item} stored`);
    },
    { most: 100 },
  );

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
  const store = gather(
    async (items: number[]) => {
      tries += 1;
      await Promise.resolve();
      throw new Fault('database-unreachable', `away, ${items.length}`);
    },
    { most: 100 },
  );

  const ends = await Promise.allSettled([0, 1, 2, 3].map(store));

  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(tries).toBe(1);
});
