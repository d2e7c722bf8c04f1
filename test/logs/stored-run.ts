import { sql } from 'kysely';
import { type Db, openDatabase, type Store } from '../../src/store/database.ts';
import { acquireLease, type Lease } from '../../src/store/leases.ts';
import { startDatabase } from '../support/postgres.ts';

export interface StoredRun extends AsyncDisposable {
  store: Store;
  url: string;
  runId: string;
  lease: Lease;
}

/** A running run in a database of its own, with a lease that is ours for a minute. */
export async function storedRun(): Promise<StoredRun> {
  const postgres = await startDatabase();
  const store = openDatabase({ url: postgres.url, applicationName: 'test' });
  return {
    ...(await makeRun(store.db)),
    store,
    url: postgres.url,
    async [Symbol.asyncDispose]() {
      await store.close();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

export async function makeRun(db: Db): Promise<{ runId: string; lease: Lease }> {
  const runId = 'run-1';
  await db
    .insertInto('run')
    .values({
      ...{
        id: runId,
        number: 1,
        pipeline: 'cart',
        pipeline_source: '',
        definition: '{}',
        repository: 'shop',
      },
      ...{
        generation: 1,
        branch: 'trunk',
        move: 1,
        revision: '1',
        author: null,
        message: '',
        identity: null,
      },
      ...{
        trigger: 'api',
        requested_by: 'test',
        parameters: '{}',
        event_id: null,
        concurrency_group: 'trunk',
      },
      state: 'running',
    })
    .execute();
  return { runId, lease: await takeLease(db, runId) };
}

/** Takes the lease, also from somebody who holds it: as after his time ran out. */
export async function takeLease(db: Db, runId: string): Promise<Lease> {
  await db
    .updateTable('lease')
    .set({ expires_at: sql`now() - interval '1 second'` })
    .where('run_id', '=', runId)
    .execute();
  const lease = await acquireLease(db, { runId, owner: 'test', ttlMs: 60_000 });
  if (lease === null) throw new Error('the lease is not free');
  return lease;
}

export async function endRun(store: Store, runId: string): Promise<void> {
  await store.db
    .updateTable('run')
    .set({ state: 'ended', outcome: 'succeeded', ended_at: new Date() })
    .where('id', '=', runId)
    .execute();
  await store.notify('trunkline_run', JSON.stringify({ run: runId, what: 'state' }));
}
