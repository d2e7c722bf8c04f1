import { describe, expect, it } from 'vitest';
import { retryRun } from '../../src/runs/repeat-run.ts';
import { pipelineOf, startEngine } from './engine-under-test.ts';

describe.concurrent('a retry', () => {
  it('continues from the failed step and keeps what had succeeded', async () => {
    await using engine = await startEngine();
    let isMended = false;
    const executed: string[] = [];
    engine.startWorker(async (step) => {
      executed.push(step.id);
      if (step.id === 'two' && !isMended) return { outcome: 'failed', reason: 'not yet' };
      return { outcome: 'succeeded', output: { from: step.id } };
    });
    const runId = await engine.createRun(pipelineOf('one', 'two'));
    await engine.deliver(runId);
    await engine.ended(runId);
    isMended = true;

    const retry = await engine.db.transaction().execute((tx) => retryRun(tx, { runId, by: 'bob' }));
    if ('refused' in retry) throw new Error(retry.refused);
    await engine.deliver(retry.runId);
    const run = await engine.ended(retry.runId);

    expect(run).toMatchObject({ outcome: 'succeeded', trigger: 'retry', revision: '7' });
    expect(executed).toEqual(['one', 'two', 'two']);
    expect(run.steps.one).toMatchObject({ output: { from: 'one' }, reason: 'kept from #1' });
  });
});
