import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { Secret } from '../../src/domain/secret.ts';
import { readLog } from '../../src/logs/log-reader.ts';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { LogRest } from '../../src/store/end-together.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { makeRun, type StoredRun, storedRun, takeLease } from './stored-run.ts';

const matcher = new SecretMatcher([new Secret('top secret')]);

test('text is stored soon after it came, without anybody asking', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  const start = performance.now();

  writer.write('image', 'hello\n');

  await waitFor(async () => (await read(run)).length > 0, { what: 'the text in the database', everyMs: 10 });
  expect(performance.now() - start).toBeLessThan(2_000);
  await writer.close();
});

test('text that came while the database was slow is stored soon too, without anybody asking', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });

  await run.store.db.transaction().execute(async (tx) => {
    await tx.selectFrom('lease').select('run_id').where('run_id', '=', run.runId).forUpdate().execute();
    writer.write('image', 'before\n');
    await waitFor(() => isHeldUp(run), { what: 'the first text to be held up' });
    const late = performance.now() + 200;
    writer.write('image', 'meanwhile\n');
    await waitFor(() => performance.now() > late, { what: 'the time of the second to be over' });
  });

  await waitFor(async () => (await read(run)).length === 2, { what: 'the second text in the database' });
  await writer.close();
});

test('the text of each step stays in order, masked over cuts, cleaned, in chunks of at most 32 KiB', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  const long = '汉字😀'.repeat(20_000);

  writer.write('one', 'a top se');
  writer.write('two', long);
  writer.write('one', 'cret\x1b]0;title\x07 b\0\n');
  await writer.close();

  const chunks = await read(run);
  expect(textOf(chunks, 'one')).toBe('a *** b\n');
  expect(textOf(chunks, 'two')).toBe(long);
  expect(chunks.map((chunk) => chunk.seq)).toEqual(chunks.map((_chunk, index) => index + 1));
  expect(Math.max(...chunks.map((chunk) => Buffer.byteLength(chunk.text)))).toBeLessThanOrEqual(32 * 1_024);
});

test('after a take-over the earlier worker writes nothing more, and the next goes on with its numbers', async () => {
  await using run = await storedRun();
  const early = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  early.write('image', 'by the first\n');
  await early.flush();
  const late = await openLogWriter({
    db: run.store.db,
    lease: await takeLease(run.store.db, run.runId),
    matcher,
  });

  early.write('image', 'too late\n');
  await expect(early.flush()).rejects.toMatchObject({ code: 'lease-lost' });
  late.write('image', 'by the second\n');
  await late.close();

  expect((await read(run)).map(({ seq, text }) => ({ seq, text }))).toEqual([
    { seq: 1, text: 'by the first\n' },
    { seq: 2, text: 'by the second\n' },
  ]);
});

test('a database that goes away and comes back loses and repeats nothing', async () => {
  await using server = await startPostgresServer();
  await migrateDatabase({ url: server.url });
  await using store = openDatabase({ url: server.url, applicationName: 'test', patienceMs: 200 });
  const { lease, runId } = await makeRun(store.db);
  const writer = await openLogWriter({ db: store.db, lease, matcher });
  writer.write('image', 'before\n');
  await writer.flush();

  await server.stop();
  for (let line = 1; line <= 1_000; line += 1) writer.write('image', `line ${line}\n`);
  const flushed = writer.flush();
  await server.start();
  await flushed;

  const text = textOf(await Array.fromAsync(readLog(store.db, { runId })), 'image');
  expect(text).toBe(`before\n${Array.from({ length: 1_000 }, (_, index) => `line ${index + 1}\n`).join('')}`);
  await writer.close();
});

test('what comes faster than it can be stored, with nobody awaiting, is left out and said so', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });

  for (let piece = 0; piece < 18; piece += 1) writer.write('image', `${'x'.repeat(2 ** 20 - 1)}\n`);
  await writer.flush();
  writer.write('image', 'the end\n');
  await writer.close();

  const text = textOf(await read(run), 'image');
  expect(text.length).toBeLessThan(17 * 2 ** 20);
  expect(text.slice(-200)).toContain(`left out ${2 * 2 ** 20} characters here`);
  expect(text.endsWith('the end\n')).toBe(true);
});

test('what is left out at the very end of a step, or of a run, is said so too', async () => {
  await using run = await storedRun();
  const options = { db: run.store.db, lease: run.lease, matcher };
  const flood = (writer: Awaited<ReturnType<typeof openLogWriter>>, stepId: string) => {
    for (let piece = 0; piece < 18; piece += 1) writer.write(stepId, `${'x'.repeat(2 ** 20 - 1)}\n`);
  };
  const writer = await openLogWriter(options);

  flood(writer, 'image');
  const { chunks } = await writer.storeLast('image', async (rest) => rest);
  flood(writer, 'live');
  await writer.close();

  const note = `left out ${2 * 2 ** 20} characters here`;
  expect(chunks.map(({ text }) => text).join('')).toContain(note);
  expect(textOf(await read(run), 'live').slice(-200)).toContain(note);
});

test('the last of a step goes to whoever stores its end, with what may have become a secret; a database that is full gets it alone', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  const given: string[][] = [];
  const isFull = [false, true, false];
  const store = async ({ chunks }: LogRest) => {
    given.push(chunks.map(({ text }) => text));
    if (isFull.shift()) throw new Fault('disk-full', 'the database is full', { isRetryable: true });
    return 'stored';
  };

  writer.write('image', 'top sec');
  const first = await writer.storeLast('image', store);
  writer.write('test', 'of the test\n');
  const second = await writer.storeLast('test', store);
  await writer.close();

  expect([first, second]).toEqual(['stored', 'stored']);
  expect(given).toEqual([['top sec'], ['of the test\n'], []]);
  expect((await read(run)).map(({ seq, text }) => [seq, text])).toEqual([[2, 'of the test\n']]);
});

test('what is too much to be stored beside the end of a step is stored before', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });

  writer.write('image', 'x'.repeat(200_000));
  const rest = await writer.storeLast('image', async ({ chunks }) => chunks);

  expect(rest).toEqual([]);
  expect(textOf(await read(run), 'image').length).toBe(200_000);
  await writer.close();
});

test('a missing partition is made on demand', async () => {
  await using run = await storedRun();
  await run.store.db.updateTable('run').set({ created_at: '2001-02-03T23:59:59Z' }).execute();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });

  writer.write('image', 'long ago\n');
  await writer.close();

  expect(textOf(await read(run), 'image')).toBe('long ago\n');
});

async function read({ store, runId }: Pick<Awaited<ReturnType<typeof storedRun>>, 'store' | 'runId'>) {
  return Array.fromAsync(readLog(store.db, { runId }));
}

function textOf(chunks: { stepId: string; text: string }[], stepId: string): string {
  return chunks
    .filter((chunk) => chunk.stepId === stepId)
    .map((chunk) => chunk.text)
    .join('');
}

async function isHeldUp({ store }: StoredRun): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%log_chunk%'`.execute(
    store.db,
  );
  return rows.length > 0;
}
