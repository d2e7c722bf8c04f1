import { describe, expect, it } from 'vitest';
import type { Pipeline, StepCondition } from '../../src/domain/pipeline.ts';
import { rerunRun, retryRun } from '../../src/runs/repeat-run.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const onlyDocs: StepCondition = { branches: null, paths: ['docs/**'], trigger: ['commit'], parameters: null };
const pipeline = pipelineOf('one', { id: 'docs', when: onlyDocs }, 'last');

describe.concurrent('a run with conditional steps', () => {
  it('skips them with the reason, and goes on to succeed', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await engine.createRun(pipeline, { trigger: 'api' });

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'succeeded', reason: null });
    expect(run.steps).toMatchObject({
      docs: { outcome: 'skipped', reason: 'not for runs by api: only by commit', attempt: 0 },
      last: { outcome: 'succeeded' },
    });
  });

  it('has nothing to do, and says why, when the condition of its whole pipeline does not hold', async () => {
    await using engine = await startEngine();
    const executed: string[] = [];
    engine.startWorker(async (step) => {
      executed.push(step.id);
      return succeeded;
    });
    const runId = await engine.createRun({ ...pipeline, when: onlyDocs }, { trigger: 'api' });

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    const reason = 'nothing to do: not for runs by api: only by commit';
    expect(run).toMatchObject({ outcome: 'succeeded', reason });
    expect(executed).toEqual([]);
  });

  it('decides them in its retry and its rerun as at first', async () => {
    await using engine = await startEngine();
    const executed: string[] = [];
    let isBroken = true;
    engine.startWorker(async (step) => {
      executed.push(step.id);
      return step.id === 'last' && isBroken ? { outcome: 'failed', reason: 'no' } : succeeded;
    });
    const entry = (of: Pipeline) => ({ name: of.name, source: 'name: cart', pipeline: of });
    const touched = { 'docs/**': false };
    const runId = await engine.createRun(pipeline, { trigger: 'commit', touched });
    await engine.deliver(runId);
    await engine.ended(runId);
    isBroken = false;

    const wish = { runId, by: 'bob', findPipeline: () => entry(pipeline) };
    for (const repeat of [retryRun, rerunRun]) {
      const made = await engine.db.transaction().execute((tx) => repeat(tx, wish));
      if ('refused' in made) throw new Error(made.refused);
      await engine.deliver(made.runId);
      const run = await engine.ended(made.runId);
      expect(run.outcome).toBe('succeeded');
      expect(run.steps.docs?.reason).toBe('nothing has changed that it is for: docs/**');
    }

    expect(executed).toEqual(['one', 'last', 'last', 'one', 'last']);
  });
});
