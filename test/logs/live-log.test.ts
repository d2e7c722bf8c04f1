import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { followLog } from '../../src/logs/live-log.ts';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import type { LogChunk } from '../../src/store/log-chunks.ts';
import { endRun, type StoredRun, storedRun } from './stored-run.ts';

const matcher = new SecretMatcher([]);

test('a reader gets what was there and what comes, once and in order, until the run ends', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  writer.write('image', 'before\n');
  await writer.flush();
  const reader = follow(run);

  await writeLines(writer, 200);
  await endRun(run.store, run.runId);

  expect(textOf(await reader)).toBe(`before\n${lines(200)}`);
});

test('connections that drop again and again lose nothing and repeat nothing', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  const readers = [follow(run), follow(run), follow(run)];
  const drops = dropConnections(run, 8);

  await writeLines(writer, 400);
  await drops;
  await writer.close();
  await endRun(run.store, run.runId);

  for (const chunks of await Promise.all(readers)) expect(textOf(chunks)).toBe(lines(400));
}, 60_000);

test('a reader that stops in the middle goes on behind the last chunk it got', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  await writeLines(writer, 20);
  const first: LogChunk[] = [];
  for await (const chunk of followLog({ ...run, signal: AbortSignal.timeout(20_000) })) {
    first.push(chunk);
    if (first.length === 3) break;
  }
  await endRun(run.store, run.runId);

  const rest = await follow(run, { afterSeq: first.at(-1)?.seq ?? 0 });

  expect(textOf([...first, ...rest])).toBe(lines(20));
});

test('one step can be read alone', async () => {
  await using run = await storedRun();
  const writer = await openLogWriter({ db: run.store.db, lease: run.lease, matcher });
  writer.write('image', 'one\n');
  writer.write('test', 'two\n');
  await writer.close();
  await endRun(run.store, run.runId);

  expect(textOf(await follow(run, { stepId: 'test' }))).toBe('two\n');
});

test('a reader ends at its signal, and for an unknown run at once', async () => {
  await using run = await storedRun();
  const leaving = new AbortController();
  const reader = Array.fromAsync(followLog({ ...run, signal: leaving.signal }));

  leaving.abort();

  expect(await reader).toEqual([]);
  expect(await follow({ ...run, runId: 'unknown' })).toEqual([]);
});

function follow(run: Pick<StoredRun, 'store' | 'runId'>, wish: { afterSeq?: number; stepId?: string } = {}) {
  const { store, runId } = run;
  return Array.fromAsync(followLog({ store, runId, ...wish, signal: AbortSignal.timeout(50_000) }));
}

async function writeLines(writer: Awaited<ReturnType<typeof openLogWriter>>, count: number): Promise<void> {
  for (let line = 1; line <= count; line += 1) {
    writer.write('image', `line ${line}\n`);
    if (line % 5 === 0) await writer.flush();
  }
}

/** Ends the connections of every part of the store, one round after the other. */
async function dropConnections({ store }: StoredRun, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(store.db);
  }
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
}

function textOf(chunks: LogChunk[]): string {
  return chunks.map((chunk) => chunk.text).join('');
}
