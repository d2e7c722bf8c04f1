import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { readLog } from '../../src/logs/log-reader.ts';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import { storedRun } from './stored-run.ts';

const matcher = new SecretMatcher([]);
const mebibyte = `${'x'.repeat(2 ** 20 - 1)}\n`;

test('who awaits `drained` never has much more than a mebibyte waiting', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });

  for (let piece = 0; piece < 8; piece += 1) {
    writer.write('image', mebibyte);
    await writer.drained();
  }
  await writer.close();

  expect((await textOf(run)).length).toBe(8 * 2 ** 20);
});

test('a database that takes nothing holds nobody up for longer than it says, until it takes some again', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher, holdMs: 1_000 });
  const mebibytes = (count: number) => {
    for (let piece = 0; piece < count; piece += 1) writer.write('image', mebibyte);
  };

  await run.store.db.transaction().execute(async (other) => {
    await sql`lock table log_chunk`.execute(other);
    mebibytes(17);
    await writer.drained();
    mebibytes(2);
    await writer.drained();
  });
  await writer.flush();
  for (let piece = 0; piece < 18; piece += 1) {
    mebibytes(1);
    await writer.drained();
  }
  await writer.close();

  const text = await textOf(run);
  expect(text.match(/left out \d+/g)).toEqual([`left out ${3 * 2 ** 20}`]);
  expect(text.replaceAll(/[^x]/g, '').length).toBe((16 + 18) * (2 ** 20 - 1));
});

async function textOf({ store, runId }: Awaited<ReturnType<typeof storedRun>>): Promise<string> {
  const chunks = await Array.fromAsync(readLog(store.db, { runId }));
  return chunks.map(({ text }) => text).join('');
}
