import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { beginOneAlone } from '../../src/store/begin-alone.ts';
import { endRun } from '../../src/store/runs.ts';
import { pipelineOf, startEngine } from './engine-under-test.ts';

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
