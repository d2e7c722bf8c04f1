import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { joinEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { holdEmbeddedPostgres } from './embedded-postgres-holder.ts';

const logger = pino({ level: 'silent' });
const isRoot = process.getuid?.() === 0;

/** A stopped cluster with one table; tests work on copies of it. */
let template: TemporaryFolder;

beforeAll(async () => {
  template = await temporaryFolder();
  await using database = await startEmbeddedPostgres({ dataDir: template.path, logger });
  await query(database.url, 'create table kept as select 42 as answer');
}, 60_000);

afterAll(() => template[Symbol.asyncDispose]());

test('a first start makes a database, and a later one finds what was stored', async () => {
  await using folder = await temporaryFolder();
  const first = await startEmbeddedPostgres({ dataDir: folder.path, logger });
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();

  await using second = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  expect([first.origin, second.origin]).toEqual(['created', 'started']);
  expect(await answerOf(second.url)).toBe(42);
});

test('a normal stop leaves no process and no socket behind', async () => {
  await using folder = await copyOfTemplate();
  const database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  await database.stop();

  await expect(stat(`/proc/${database.pid}`)).rejects.toThrow('ENOENT');
  expect(await readdir(join(folder.path, 'postgres/socket'))).toEqual([]);
});

test('the database outlives a server killed with -9, and the next server adopts it', async () => {
  await using folder = await copyOfTemplate();
  const holder = await holdEmbeddedPostgres(folder.path);
  await holder.kill();

  await using adopted = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  expect(adopted).toMatchObject({ origin: 'adopted', pid: holder.databasePid });
  expect(await answerOf(adopted.url)).toBe(42);
});

test('a database left behind that no longer answers is stopped and started again', async () => {
  await using folder = await copyOfTemplate();
  const holder = await holdEmbeddedPostgres(folder.path);
  await holder.kill();
  process.kill(holder.databasePid, 'SIGSTOP');

  await using database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  expect(database.origin).toBe('started');
  expect(database.pid).not.toBe(holder.databasePid);
  expect(await answerOf(database.url)).toBe(42);
}, 60_000);

test('a stale postmaster.pid with the number of a foreign process does not hinder the start', async () => {
  await using folder = await copyOfTemplate();
  const holder = await holdEmbeddedPostgres(folder.path);
  await holder.kill();
  process.kill(holder.databasePid, 'SIGKILL');
  const file = join(folder.path, 'postgres/cluster/postmaster.pid');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(process.pid)));

  await using database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  expect(database.origin).toBe('started');
  expect(await answerOf(database.url)).toBe(42);
});

test('a database that dies by itself is started again, under the same address', async () => {
  await using folder = await copyOfTemplate();
  await using database = await startEmbeddedPostgres({ dataDir: folder.path, logger });
  const { url, pid } = database;

  process.kill(pid, 'SIGKILL');

  await waitFor(() => database.pid !== pid, { what: 'a new database process' });
  expect(await answerOf(url)).toBe(42);
});

test('a further process joins the running database, and is told when there is none', async () => {
  await using folder = await copyOfTemplate();
  const database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  const joined = await joinEmbeddedPostgres({ dataDir: folder.path });

  expect(joined.url).toBe(database.url);
  await database.stop();
  await expect(joinEmbeddedPostgres({ dataDir: folder.path })).rejects.toMatchObject({
    code: 'database-unreachable',
    message: expect.stringContaining(folder.path),
  });
});

test('what an interrupted first start left is thrown away', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'postgres/cluster.new/base'), { recursive: true });

  await using database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  expect(database.origin).toBe('created');
  expect(await readdir(join(folder.path, 'postgres'))).not.toContain('cluster.new');
});

test('a socket path over 107 bytes is replaced by a short private folder, gone after the stop', async () => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, 'd'.repeat(100));
  const database = await startEmbeddedPostgres({ dataDir, logger });
  const socketFolder = decodeURIComponent(new URL(database.url).hostname);

  expect((await stat(socketFolder)).mode & 0o777).toBe(0o700);
  expect((await query(database.url, 'select 1 as one'))[0]).toEqual({ one: 1 });
  await database.stop();

  await expect(stat(socketFolder)).rejects.toThrow('ENOENT');
});

test('a cluster of another major version is refused by name', async () => {
  await using folder = await copyOfTemplate();
  await writeFile(join(folder.path, 'postgres/cluster/PG_VERSION'), '12\n');

  const start = startEmbeddedPostgres({ dataDir: folder.path, logger });

  await expect(start).rejects.toMatchObject({
    isRetryable: false,
    message: expect.stringMatching(/is of PostgreSQL 12, this Trunkline has \d+/),
  });
});

test('a folder that is no database is refused, not overwritten', async () => {
  await using folder = await copyOfTemplate();
  await unlink(join(folder.path, 'postgres/cluster/PG_VERSION'));

  const start = startEmbeddedPostgres({ dataDir: folder.path, logger });

  await expect(start).rejects.toMatchObject({ message: expect.stringContaining('no PG_VERSION') });
});

test('damaged data end the start with the reason that PostgreSQL gives', async () => {
  await using folder = await copyOfTemplate();
  await truncate(join(folder.path, 'postgres/cluster/global/pg_control'), 100);

  const start = startEmbeddedPostgres({ dataDir: folder.path, logger });

  await expect(start).rejects.toMatchObject({
    code: 'database-unreachable',
    message: expect.stringMatching(/^Cannot start the embedded database in .*pg_control.*$/),
    hint: expect.stringContaining('restore DATA_DIR'),
  });
});

test('settings are durable, and the role of Trunkline is no superuser', async () => {
  await using folder = await copyOfTemplate();
  await using database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

  const [row] = await query(
    database.url,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
       current_setting('listen_addresses') as addresses,
       (select rolsuper from pg_roles where rolname = current_user) as superuser`,
  );

  expect(row).toEqual({ fsync: 'on', commit: 'on', addresses: '', superuser: false });
  expect((await stat(join(folder.path, 'postgres/password'))).mode & 0o777).toBe(0o600);
});

test.runIf(isRoot)(
  'under root the database runs as somebody else, below folders only root may enter',
  async () => {
    await using folder = await copyOfTemplate();
    await using database = await startEmbeddedPostgres({ dataDir: folder.path, logger });

    const status = await readFile(`/proc/${database.pid}/status`, 'utf8');

    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    expect(status).not.toMatch(/^Uid:\s*0\b/m);
    expect(status).toMatch(/^CapPrm:\s*0000000000000004$/m);
  },
);

async function copyOfTemplate(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  await promisify(execFile)('cp', ['-a', join(template.path, 'postgres'), folder.path]);
  return folder;
}

async function answerOf(url: string): Promise<unknown> {
  const [row] = await query(url, 'select answer from kept');
  return row?.answer;
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  await using store = openDatabase({ url, applicationName: 'test' });
  await sql`set search_path to public`.execute(store.db);
  const { rows } = await sql.raw<Record<string, unknown>>(statement).execute(store.db);
  return rows;
}
