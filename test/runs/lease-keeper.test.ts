import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { keepLease } from '../../src/runs/lease-keeper.ts';
import { openDatabase } from '../../src/store/database.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const ttlMs = 1_000;

it('a lease is kept while other work keeps every connection busy', async () => {
  await using engine = await startEngine();
  await using leases = openDatabase({ url: engine.url, applicationName: 'leases', poolSize: 1 });
  const attempts: number[] = [];
  engine.startWorker(
    async (_, { attempt }) => {
      attempts.push(attempt);
      // Twice as many as there are connections, for longer than the lease lasts.
      const queries = Array.from({ length: 16 }, () => sql`select pg_sleep(3)`.execute(engine.db));
      await Promise.all(queries);
      return succeeded;
    },
    { leaseTtlMs: 5_000, leaseDb: leases.db },
  );
  const runId = await engine.createRun(pipelineOf('one'));
  await engine.deliver(runId);

  expect((await engine.ended(runId)).outcome).toBe('succeeded');
  expect(attempts).toEqual([1]);
});

it('a worker that stood still past its lease keeps a run that nobody has taken over', async () => {
  await using engine = await startEngine();
  const lease = await leaseOf(engine);
  await using keeper = keepLease(engine.db, lease, { ttlMs, cancel: null });

  standStill();
  const isRenewed = async () => (await leftOf(engine, lease.runId)) > 0;
  await waitFor(isRenewed, { what: 'it to be renewed' });

  expect(keeper.lost.aborted).toBe(false);
});

it('a worker that stood still past its lease loses a run that another one has taken over', async () => {
  await using engine = await startEngine();
  const lease = await leaseOf(engine);
  await using keeper = keepLease(engine.db, lease, { ttlMs, cancel: null });
  await engine.db
    .updateTable('lease')
    .set({ expires_at: new Date(0) })
    .execute();
  const taken = await acquireLease(engine.db, { runId: lease.runId, owner: 'another/1', ttlMs: 60_000 });

  standStill();
  await waitFor(() => keeper.lost.aborted, { what: 'it to be lost' });

  expect(taken?.fencing).toBe(lease.fencing + 1);
  expect(keeper.stop.reason).toEqual({ kind: 'lease-lost' });
});

type EngineUnderTest = Awaited<ReturnType<typeof startEngine>>;

async function leaseOf(engine: EngineUnderTest) {
  const runId = await engine.createRun(pipelineOf('one'));
  const lease = await acquireLease(engine.db, { runId, owner: 'one/1', ttlMs });
  if (lease === null) throw new Error('the lease is held');
  return lease;
}

/** As a process does whose machine is paused: nothing of it runs. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ttlMs + 1_000);
}

async function leftOf({ db }: EngineUnderTest, runId: string): Promise<number> {
  const left = sql<number>`extract(epoch from expires_at - clock_timestamp())::float8`.as('left');
  return (await db.selectFrom('lease').select(left).where('run_id', '=', runId).executeTakeFirstOrThrow())
    .left;
}
