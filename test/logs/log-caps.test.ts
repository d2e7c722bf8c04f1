import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { readLog } from '../../src/logs/log-reader.ts';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import { type StoredRun, storedRun, takeLease } from './stored-run.ts';

const matcher = new SecretMatcher([new Secret('top secret')]);

test('of a long log of a step the beginning and the newest part are kept, the place of the rest says so, and its numbers go on', async () => {
  await using run = await storedRun();
  const caps = { runBytes: 2 ** 30, stepBytes: 2 ** 20 };
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher, caps });

  for (let piece = 1; piece <= 40; piece += 1) {
    writer.write('image', `piece ${piece} ${'x'.repeat(100_000)}\n`);
    await writer.flush();
  }
  writer.write('image', 'the end\n');
  await writer.close();

  const chunks = await read(run);
  const text = textOf(chunks, 'image');
  expect(Buffer.byteLength(text)).toBeLessThan(1.1 * 2 ** 20);
  expect(text.match(/^piece \d+ |\[Trunkline left out .*\]|the end/gm)).toEqual([
    ...['piece 1 ', 'piece 2 '],
    "[Trunkline left out what was here: of a step's log it keeps the first 0.1 MiB and about the last 0.7 MiB]",
    ...Array.from({ length: 9 }, (_, index) => `piece ${index + 32} `),
    'the end',
  ]);
  expect(chunks.at(-1)?.seq).toBeGreaterThan(100);
});

test('a line without end is kept with its two ends, and no half of a secret comes to light where it is cut', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });

  writer.write('image', 'the beginning ');
  for (let piece = 0; piece < 40; piece += 1) writer.write('image', 'top secret '.repeat(10_000));
  await writer.flush();
  const meanwhile = textOf(await read(run), 'image');
  writer.write('image', 'the end');
  await writer.close();

  const text = textOf(await read(run), 'image');
  const shape = /^the beginning [* ]+\n\[Trunkline left out \d+ characters of this line\]\n[* ]+the end$/;
  expect(/^the beginning [* ]+$/.test(meanwhile)).toBe(true);
  expect(shape.test(text)).toBe(true);
  expect(text.length).toBeLessThanOrEqual(2 ** 20 + 100);
});

test('what makes the log of a run too long is taken from the step that wrote most, also by a worker that takes over', async () => {
  await using run = await storedRun();
  const { db } = run.store;
  const options = { matcher, caps: { runBytes: 2 ** 20, stepBytes: 2 ** 30 } };
  const early = await openLogWriter({ ...options, db, lease: run.lease });
  const quiet = `the compiler says\n${'y'.repeat(200_000)}\n`;
  early.write('build', quiet);
  early.write('test', `begins\n${'x'.repeat(600_000)}\n`);
  await early.close();

  const late = await openLogWriter({ ...options, db, lease: await takeLease(db, run.runId) });
  for (let piece = 1; piece <= 20; piece += 1) {
    late.write('test', `piece ${piece} ${'x'.repeat(100_000)}\n`);
    await late.flush();
  }
  await late.close();

  const chunks = await read(run);
  const chatty = textOf(chunks, 'test');
  expect(textOf(chunks, 'build')).toBe(quiet);
  expect(chatty).toMatch(/^begins/);
  expect(chatty).toContain('[Trunkline left out what was here');
  expect(chatty).toContain('piece 20 ');
  expect(Buffer.byteLength(chatty + quiet)).toBeLessThanOrEqual(2 ** 20);
});

async function read({ store, runId }: StoredRun) {
  return Array.fromAsync(readLog(store.db, { runId }));
}

function textOf(chunks: { stepId: string; text: string }[], stepId: string): string {
  return chunks
    .filter((chunk) => chunk.stepId === stepId)
    .map((chunk) => chunk.text)
    .join('');
}
