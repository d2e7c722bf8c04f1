import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import { beginOneAlone } from '../../src/store/begin-alone.ts';
import type { Db } from '../../src/store/database.ts';
import { dayOf, ensureLogPartition } from '../../src/store/log-partitions.ts';
import { endRun } from '../../src/store/runs.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, silentLog, startEngine, succeeded } from './engine-under-test.ts';

const beginner = { owner: 'w/1', labels: [], ttlMs: 20_000 };

it('of two runs of one group that are begun at the same moment one works, whoever looks first', async () => {
  await using engine = await startEngine();
  const fifo = { ...pipelineOf('one'), concurrency: { group: 'all', queue: 'fifo' as const } };

  for (let round = 0; round < 10; round += 1) {
    const pipeline = { ...fifo, name: `pipeline-${round}` };
    const ids = [await engine.createRun(pipeline), await engine.createRun(pipeline)];
    await Promise.all(ids.map((runId) => engine.admit(runId)));
  }
  const { rows } = await sql<{ running: number; count: number }>`
    select running, count(*)::integer from (
      select count(*) filter (where state = 'running')::integer as running from run group by concurrency_group
    ) as groups group by running`.execute(engine.db);

  expect(rows).toEqual([{ running: 1, count: 10 }]);
});

it('a run is begun once, and a lease that somebody holds is not taken', async () => {
  await using engine = await startEngine();
  const runId = await engine.createRun(pipelineOf('one', 'two'));

  const [one, two] = await Promise.all([
    beginOneAlone(engine.db, runId, beginner),
    beginOneAlone(engine.db, runId, { ...beginner, owner: 'w/2' }),
  ]);
  const begun = [one, two].filter((attempt) => attempt?.begun);

  expect(begun).toHaveLength(1);
  expect(begun[0]?.begun?.lease.fencing).toBe(1);
  expect(begun[0]?.begun?.steps.map(({ id, state }) => [id, state])).toEqual([
    ['one', 'pending'],
    ['two', 'pending'],
  ]);
});

it('the end of a run gives its lease back, says whether others may wait for it, and needs the lease', async () => {
  await using engine = await startEngine();
  const first = await engine.createRun(pipelineOf('one'));
  const begun = await beginOneAlone(engine.db, first, beginner);
  const lease = begun?.begun?.lease ?? { runId: first, owner: 'nobody', fencing: 0 };
  const end = { outcome: 'succeeded', reason: null } as const;

  const stale = endRun(engine.db, { ...lease, fencing: lease.fencing - 1 }, end);
  await expect(stale).rejects.toMatchObject({ code: 'lease-lost' });
  const afterStale = await engine.run(first);
  await engine.createRun(pipelineOf('one'));
  const others = await endRun(engine.db, lease, end);
  const second = await engine.createRun({ ...pipelineOf('one'), name: 'other' });
  const alone = await beginOneAlone(engine.db, second, beginner);

  expect(afterStale.state).toBe('running');
  expect(others).toBe(true);
  expect((await engine.run(first)).state).toBe('ended');
  expect(alone?.begun && (await endRun(engine.db, alone.begun.lease, end))).toBe(false);
});

it('a run begins and ends with its step: of one step all of it is two transactions, log and lease included', async () => {
  await using engine = await startEngine();
  await ensureLogPartition(engine.db, dayOf(new Date()));
  const runId = await engine.createRun(pipelineOf('one'));
  const matcher = new SecretMatcher([]);
  let during: Stored[] = [];
  const worker = engine.startWorker(
    async (_step, { log, attempt }) => {
      during = await storedWith(engine.db, runId);
      // A line that waits is stored by itself after a while.
      log.line(`attempt ${attempt}`);
      return succeeded;
    },
    { openLog: (run, lease) => openLogWriter({ db: engine.db, lease, matcher, createdAt: run.created_at }) },
  );

  worker.offer(runId);
  await engine.ended(runId);

  const after = await storedWith(engine.db, runId);
  expect(during.map(({ what }) => what)).toEqual(['lease', 'run', 'step one']);
  expect(new Set(during.map(({ by }) => by)).size).toBe(1);
  expect(after.map(({ what }) => what)).toEqual(['lease', 'log attempt 1\n', 'run', 'step one']);
  expect(new Set(after.map(({ by }) => by)).size).toBe(1);
});

it('only what waits for nothing and deploys nothing begins with its run', async () => {
  await using engine = await startEngine();
  const free = { needs: [] };
  const pipeline = pipelineOf('first', { id: 'beside', ...free }, { id: 'later', needs: ['first'] }, 'last', {
    id: 'rollout',
    kind: 'deploy',
    ...free,
  });
  const runId = await engine.createRun(pipeline);

  const begun = await beginOneAlone(engine.db, runId, beginner);

  const { steps } = await engine.run(runId);
  const running = Object.values(steps).filter(({ state }) => state === 'running');
  expect([...(begun?.begun?.attempts ?? [])].toSorted()).toEqual([
    ['beside', 1],
    ['first', 1],
  ]);
  expect(running.map(({ id, attempt }) => [id, attempt]).toSorted()).toEqual([
    ['beside', 1],
    ['first', 1],
  ]);
});

it('a step that has begun with its run is made although its worker drains from then on', async () => {
  await using engine = await startEngine();
  const runId = await engine.createRun(pipelineOf('one', 'two'));
  const made: string[] = [];
  const worker = engine.startWorker(
    async ({ id }) => {
      made.push(id);
      return succeeded;
    },
    {
      async openLog() {
        void worker.drain();
        return silentLog;
      },
    },
  );

  worker.offer(runId);
  await waitFor(() => worker.isDraining(), { what: 'the worker to drain' });
  await worker.drain();

  expect(made).toEqual(['one']);
  expect(await engine.run(runId)).toMatchObject({
    state: 'running',
    steps: { one: { state: 'ended', attempt: 1 }, two: { state: 'pending' } },
  });
});

interface Stored {
  what: string;
  /** The transaction that wrote the row as it is. */
  by: string;
}

async function storedWith(db: Db, runId: string): Promise<Stored[]> {
  const { rows } = await sql<Stored>`
    select 'lease' as what, xmin::text as by from lease where run_id = ${runId}
    union all select 'log ' || text, xmin::text from log_chunk where run_id = ${runId}
    union all select 'run', xmin::text from run where id = ${runId}
    union all select 'step ' || id, xmin::text from step where run_id = ${runId}
    order by what`.execute(db);
  return rows;
}
