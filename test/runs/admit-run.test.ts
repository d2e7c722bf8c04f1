import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Db } from '../../src/store/database.ts';
import { lockGroupOf } from '../../src/store/run-queueing.ts';
import { endQueuedRun } from '../../src/store/runs.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('runs of one concurrency group', () => {
  it('work one at a time, and the newest supersedes those that wait', async () => {
    await using engine = await startEngine();
    const release = Promise.withResolvers<void>();
    engine.startWorker(async () => {
      await release.promise;
      return succeeded;
    });
    const pipeline = pipelineOf('one');
    const first = await engine.createRun(pipeline);
    await engine.deliver(first);
    await waitFor(async () => (await engine.run(first)).state === 'running', {
      what: 'the first run to begin',
    });
    const second = await engine.createRun(pipeline);
    const third = await engine.createRun(pipeline);
    await engine.deliver(second);
    await engine.deliver(third);

    const superseded = await engine.ended(second);
    const waiting = await engine.run(third);
    release.resolve();
    const last = await engine.ended(third);

    expect(superseded).toMatchObject({ outcome: 'superseded', reason: 'superseded by #3' });
    expect(waiting.state).toBe('queued');
    expect(last.outcome).toBe('succeeded');
  });

  it('are admitted one after the other, without any waiting for each other in a ring', async () => {
    await using engine = await startEngine();
    const older = await engine.createRun(pipelineOf('one'));
    const end = { outcome: 'superseded', reason: 'superseded by #2' } as const;

    const admission = await engine.db.transaction().execute(async (tx) => {
      await lockGroupOf(tx, older);
      const waiting = engine.admit(older);
      await waitFor(() => isSomebodyWaiting(engine.db), { what: 'the admission to wait for its group' });
      await endQueuedRun(tx, older, end);
      return { waiting };
    });

    expect(await admission.waiting).toEqual({ kind: 'ended' });
    expect(await engine.run(older)).toMatchObject(end);
  });

  it('wait in order when the queue is fifo', async () => {
    await using engine = await startEngine();
    const order: number[] = [];
    engine.startWorker(async (_step, { run }) => {
      order.push(run.number);
      return succeeded;
    });
    const pipeline = { ...pipelineOf('one'), concurrency: { group: 'all', queue: 'fifo' as const } };
    const runs = [];
    for (let count = 0; count < 4; count += 1) runs.push(await engine.createRun(pipeline));

    for (const runId of runs.toReversed()) await engine.deliver(runId);
    for (const runId of runs) await engine.ended(runId);

    expect(order).toEqual([1, 2, 3, 4]);
  });
});

async function isSomebodyWaiting(db: Db): Promise<boolean> {
  const { rows } = await sql`
    select from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database() and locktype = 'advisory' and not granted`.execute(db);
  return rows.length > 0;
}
