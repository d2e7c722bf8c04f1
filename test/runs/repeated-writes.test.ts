import { pino } from 'pino';
import { expect, it } from 'vitest';
import { redeliverRun } from '../../src/runs/deliver-run.ts';
import { storeLoadedPipeline } from '../../src/store/loaded-pipeline.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

it('steps that were read from a repository are stored once, also when that is repeated', async () => {
  await using engine = await startEngine();
  const file = { path: 'ci.yaml', mergeRequests: 'target' as const };
  const pipeline = { ...pipelineOf('one', 'two'), file };
  const runId = await engine.createRun({ ...pipeline, steps: [] });
  const admission = await engine.admit(runId);
  if (admission.kind !== 'admitted') throw new Error(admission.kind);

  const first = await storeLoadedPipeline(engine.db, admission.lease, pipeline);
  const again = await storeLoadedPipeline(engine.db, admission.lease, pipeline);

  expect(first.map(({ id }) => id)).toEqual(['one', 'two']);
  expect(again).toEqual(first);
});

it('a worker that has a run in hand once more keeps it when its lost execution ends', async () => {
  await using engine = await startEngine();
  const runId = await engine.createRun(pipelineOf('one'));
  const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const warnings: string[] = [];
  let begun = 0;
  const worker = engine.startWorker(
    async () => {
      begun += 1;
      await holds[begun - 1]?.promise;
      return succeeded;
    },
    { leaseTtlMs: 2_000, logger: pino({ level: 'warn' }, { write: (line) => void warnings.push(line) }) },
  );
  await engine.deliver(runId);
  await waitFor(() => begun === 1, { what: 'the first execution' });
  await engine.db
    .updateTable('lease')
    .set(({ eb }) => ({ fencing: eb('fencing', '+', 1), expires_at: new Date(0) }))
    .where('run_id', '=', runId)
    .execute();
  await redeliverRun(engine.db, engine.queue, runId);
  await waitFor(() => begun === 2, { what: 'the second execution' });

  holds[0]?.resolve();
  await waitFor(() => warnings.some((line) => line.includes('lost the lease')), {
    what: 'the first execution to end',
  });
  expect(worker.activeRuns()).toEqual([runId]);

  holds[1]?.resolve();
  expect((await engine.ended(runId)).outcome).toBe('succeeded');
});
