import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { migrateDatabase, waitForMigrations } from '../../src/store/migrate.ts';
import { makeRun } from '../logs/stored-run.ts';
import { startPostgres } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

test('many servers that start at once make the tables once', async () => {
  await using postgres = await startPostgres();

  const made = await Promise.all(Array.from({ length: 5 }, () => migrateDatabase({ url: postgres.url })));

  const [names, ...others] = made.filter((migrations) => migrations.length > 0);
  expect(names?.[0]).toBe('0001-first-tables');
  expect(others).toEqual([]);
  expect(await migrateDatabase({ url: postgres.url })).toEqual([]);
});

test('a worker that starts before its server waits for the tables, until it is stopped', async () => {
  await using postgres = await startPostgres();
  const stopping = new AbortController();
  const waits: string[] = [];
  const wait = (who: string, signal: AbortSignal) =>
    waitForMigrations({ url: postgres.url, onWait: () => waits.push(who) }, signal);

  const stopped = wait('stopped', stopping.signal);
  const patient = wait('patient', new AbortController().signal);
  await waitFor(() => waits.length === 2, { what: 'both to wait' });
  stopping.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
  await migrateDatabase({ url: postgres.url });
  await patient;

  await wait('late', new AbortController().signal);
  expect(waits.toSorted()).toEqual(['patient', 'stopped']);
});

test('a database that a newer Trunkline has changed is refused', async () => {
  await using postgres = await startPostgres();
  await migrateDatabase({ url: postgres.url });
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  await sql`insert into migration (name, timestamp) values ('9999-from-tomorrow', '')`.execute(store.db);

  await expect(migrateDatabase({ url: postgres.url })).rejects.toMatchObject({
    isRetryable: false,
    message: expect.stringContaining('9999-from-tomorrow'),
  });
});

test('two deployments cannot be active on one target, but one may follow the other', async () => {
  await using postgres = await startPostgres();
  await migrateDatabase({ url: postgres.url });
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  const { runId } = await makeRun(store.db);
  await deploy(store.db, { id: 'first', runId });

  await expect(deploy(store.db, { id: 'second', runId })).rejects.toMatchObject({
    constraint: 'deployment_active',
  });
  await store.db.updateTable('deployment').set({ state: 'ended', outcome: 'succeeded' }).execute();

  await deploy(store.db, { id: 'second', runId });
});

async function deploy(db: Db, { id, runId }: { id: string; runId: string }): Promise<void> {
  await db
    .insertInto('deployment')
    .values({
      ...{ id, run_id: runId, step_id: 'staging', environment: 'staging', target: 'cart', deploy_id: id },
      ...{ repository: 'shop', branch: 'trunk', move: 1, revision: '1', state: 'active' },
      ...{ images: '{}', manifests: '[]' },
    })
    .execute();
}
