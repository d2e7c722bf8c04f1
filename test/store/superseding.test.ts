import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/store/database.ts';
import { lockLeaseOf } from '../../src/store/leases.ts';
import { beginDeployStep } from '../../src/store/superseding.ts';
import { pipelineOf, startEngine } from '../runs/engine-under-test.ts';
import { waitFor } from '../support/wait-for.ts';

test('a step that deploys begins also while a second job of its run is looked at', async () => {
  await using engine = await startEngine();
  const runId = await engine.createRun(pipelineOf({ id: 'live', kind: 'deploy' }));
  const admission = await engine.admit(runId);
  if (admission.kind !== 'admitted') throw new Error(`it is ${admission.kind}`);
  const release = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holder = engine.db.transaction().execute(async (tx) => {
    await lockLeaseOf(tx, runId);
    locked.resolve();
    await release.promise;
  });
  await locked.promise;

  const second = engine.admit(runId, 'another/1');
  await waitFor(async () => (await waiting(engine.db)) === 1, { what: 'the second job to be looked at' });
  const begun = beginDeployStep(engine.db, admission.lease, 'live');
  begun.catch(() => undefined);
  await waitFor(async () => (await waiting(engine.db)) === 2, { what: 'the step to wait' });
  release.resolve();
  await holder;

  expect(await Promise.allSettled([second, begun])).toEqual([
    { status: 'fulfilled', value: { kind: 'held' } },
    { status: 'fulfilled', value: 1 },
  ]);
});

async function waiting(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return rows[0]?.count ?? 0;
}
