import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchLog } from '../../src/logs/search-log.ts';
import { LogLines } from '../../src/web/log/log-lines.ts';
import { type LinesFound, searchLines } from '../../src/web/log/search-lines.ts';

const at = new Date(0);
const never = new AbortController().signal;

test('a line is found though it came in pieces, between those of another step, coloured, in capitals', async () => {
  const pieces: [string, string][] = [
    ['unit', 'begun\nOut of \x1b[31mMem'],
    ['lint', 'all is well\n'],
    ['unit', 'ory\x1b[0m!\nout of memory again'],
  ];

  const found = await search(pieces, { text: 'out of memory' });

  expect(found?.hits).toEqual([
    { line: 2, step: 'unit', at, text: 'Out of Memory!' },
    { line: 4, step: 'unit', at, text: 'out of memory again' },
  ]);
});

test('answers that are taken one after the other hold each line once, whatever the steps and the cuts', async () => {
  const step = fc.constantFrom('one', 'two');
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 });

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, text)),
      fc.integer({ min: 1, max: 3 }),
      async (pieces, limit) => {
        const whole = await search(pieces, { text: 'a', limit: 1_000 });
        const lines: number[] = [];
        for (let isMore = true; isMore; ) {
          const found = await search(pieces, { text: 'a', limit, afterLine: lines.at(-1) ?? 0 });
          lines.push(...(found?.hits.map(({ line }) => line) ?? []));
          isMore = found?.isMore ?? false;
        }

        expect(lines).toEqual(whole?.hits.map(({ line }) => line));
      },
    ),
  );
});

test('the page counts lines as the server does, and finds the same in what it has loaded', async () => {
  const step = fc.constantFrom('one', 'two');
  const long = fc.constantFrom('x'.repeat(9_000), `${'y'.repeat(8_192)}a`);
  const text = fc.oneof(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 }), long);

  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, text)), async (pieces) => {
      const page = new LogLines();
      let found: LinesFound | null = null;
      let hits: readonly number[] = [];
      for (const [index, [of, piece]] of pieces.entries()) {
        page.append({ seq: index + 1, step: of, text: piece });
        ({ found, hits } = searchLines(page.linesOf(undefined), 'a', found));
      }

      const server = await search(pieces, { text: 'A', limit: 1_000 });

      expect(hits.map((index) => index + 1)).toEqual(server?.hits.map(({ line }) => line));
    }),
  );
});

test('a log is read no further than the answer needs', async () => {
  let read = 0;
  async function* chunks() {
    for (let seq = 1; seq <= 1_000; seq += 1) {
      read += 1;
      yield { seq, stepId: 'unit', at, text: 'yes\nno\n' };
    }
  }

  const found = await searchLog(chunks(), { text: 'yes', afterLine: 0, limit: 10 }, never);

  expect(found).toMatchObject({ isMore: true });
  expect(found?.hits.map(({ line }) => line)).toEqual(
    Array.from({ length: 10 }, (_, index) => index * 2 + 1),
  );
  expect(read).toBe(11);
});

test('a search whose time is over says nothing rather than half', async () => {
  expect(await search([['unit', 'a\n']], { text: 'a' }, AbortSignal.abort())).toBeNull();
});

async function search(
  pieces: [string, string][],
  wish: { text: string; limit?: number; afterLine?: number },
  signal = never,
) {
  async function* chunks() {
    for (const [index, [stepId, text]] of pieces.entries()) yield { seq: index + 1, stepId, at, text };
  }
  return searchLog(chunks(), { limit: 100, afterLine: 0, ...wish }, signal);
}
