import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { makePool, patientPool } from '../../src/store/connection.ts';
import { openDatabase } from '../../src/store/database.ts';
import { isUniqueViolation } from '../../src/store/sql-state.ts';
import { startDatabase, startPostgres } from '../support/postgres.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';

test('bigint is read as a number, a time as a Date, a date as text', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });

  const { rows } = await sql`
    select 7::bigint as count, timestamptz '2026-01-02T03:04:05Z' as at, date '2026-01-02' as day`.execute(
    store.db,
  );

  expect(rows).toEqual([{ count: 7, at: new Date('2026-01-02T03:04:05Z'), day: '2026-01-02' }]);
});

test('a refused row is the error of PostgreSQL, for its caller to judge', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const insert = () =>
    store.db.insertInto('watcher').values({ repository: 'shop', url: 'svn://localhost/shop' }).execute();
  await insert();

  const refusal = await insert().catch((error: unknown) => error);

  expect(isUniqueViolation(refusal, 'watcher_pkey')).toBe(true);
  expect(isUniqueViolation(refusal, 'watcher_uuid')).toBe(false);
});

test('queries wait for a database that is away for a while', async () => {
  await using server = await startPostgresServer();
  await using store = openDatabase({ url: server.url, applicationName: 'test' });
  await sql`select 1`.execute(store.db);
  await server.stop();

  const query = sql<{ one: number }>`select 1 as one`.execute(store.db);
  await server.start();

  expect((await query).rows).toEqual([{ one: 1 }]);
});

test('a database that stays away is a fault, after the agreed patience', async () => {
  await using server = await startPostgresServer();
  await using store = openDatabase({ url: server.url, applicationName: 'test', patienceMs: 300 });
  await server.stop();

  const query = sql`select 1`.execute(store.db);

  await expect(query).rejects.toMatchObject({ code: 'database-unreachable', isRetryable: true });
});

test('no query of ours is compiled, where the database could do that, and other settings of its URL stay', async () => {
  await using postgres = await startPostgres();
  const url = `${postgres.url}${postgres.url.includes('?') ? '&' : '?'}options=-c%20work_mem%3D7MB`;
  await using store = openDatabase({ url, applicationName: 'test' });

  const { rows } = await sql`
    select current_setting('jit') as jit, current_setting('work_mem') as work_mem,
      current_setting('search_path') as search_path`.execute(store.db);

  expect(rows).toEqual([{ jit: 'off', work_mem: '7MB', search_path: 'trunkline' }]);
});

test('where all connections of one’s own are at work, the database is not said to be away', async () => {
  await using postgres = await startPostgres();
  const config = { connectionString: postgres.url, connectionTimeoutMillis: 2_000 };
  const pool = makePool(config, 1);
  await using _ = { [Symbol.asyncDispose]: () => pool.end() };
  const patient = patientPool({ pool, patienceMs: 100, signal: new AbortController().signal });
  const held = await patient.connect();

  await expect(patient.connect()).rejects.toMatchObject({
    code: 'database-unreachable',
    message: expect.stringMatching(
      /^No connection to the database was free within \d+ s: all 1 were at work$/,
    ),
    isRetryable: true,
  });
  held.release();
  const next = await patient.connect();
  next.release();
});

test('a wrong password is a fault that is not tried again', async () => {
  await using server = await startPostgresServer();
  const url = Object.assign(new URL(server.url), { password: 'wrong' }).href;
  await using store = openDatabase({ url, applicationName: 'test' });

  const query = sql`select 1`.execute(store.db);

  await expect(query).rejects.toMatchObject({ code: 'database-unreachable', isRetryable: false });
});

test('a transaction whose connection drops is a fault, and the next one works', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });

  const transaction = store.db.transaction().execute(async (within) => {
    await sql`select pg_terminate_backend(pg_backend_pid())`.execute(within);
  });

  await expect(transaction).rejects.toMatchObject({ code: 'database-unreachable' });
  expect((await sql`select 1 as one`.execute(store.db)).rows).toEqual([{ one: 1 }]);
});

test('a notification comes when its transaction commits, and only then', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const handler = vi.fn();
  await store.listen('trunkline_event', handler);

  const undone = store.db.transaction().execute(async (within) => {
    await store.notify('trunkline_event', 'undone', within);
    throw new Error('changed my mind');
  });
  await expect(undone).rejects.toThrow('changed my mind');
  await store.notify('trunkline_event', 'done');

  await waitFor(() => handler.mock.calls.length > 0, { what: 'a notification' });
  expect(handler.mock.calls).toEqual([['done']]);
});

test('listening survives its connection: handlers are told to read again, and then hear', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const handler = vi.fn();
  await store.listen('trunkline_run', handler);

  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen %'`.execute(store.db);
  await waitFor(() => handler.mock.calls.length > 0, { what: 'the new connection' });
  await store.notify('trunkline_run', 'again');

  await waitFor(() => handler.mock.calls.length > 1, { what: 'a notification' });
  expect(handler.mock.calls).toEqual([[null], ['again']]);
});

test('who has stopped listening hears nothing', async () => {
  await using postgres = await startPostgres();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const [left, stayed] = [vi.fn(), vi.fn()];
  const leave = await store.listen('trunkline_run', left);
  await store.listen('trunkline_run', stayed);

  await leave();
  await store.notify('trunkline_run', 'news');

  await waitFor(() => stayed.mock.calls.length > 0, { what: 'a notification' });
  expect(left).not.toHaveBeenCalled();
});
