import { describe, expect, it } from 'vitest';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { retryRun } from '../../src/runs/repeat-run.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const failed: StepResult = { outcome: 'failed', reason: 'exit code 1' };
const pipeline = pipelineOf('test', { id: 'clean-up', runWhen: 'always' }, 'next');

type Engine = Awaited<ReturnType<typeof startEngine>>;

async function isRunning(engine: Engine, runId: string, stepId: string): Promise<void> {
  await waitFor(async () => (await engine.run(runId)).steps[stepId]?.state === 'running', {
    what: `step ${stepId} to run`,
  });
}

function untilAborted(signal: AbortSignal): Promise<StepResult> {
  const stopped: StepResult = { outcome: 'cancelled', reason: 'stopped' };
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(stopped), { once: true }));
}

describe.concurrent('a step that runs on cancel', () => {
  it('begins when the run was cancelled, with a signal of its own, and alone', async () => {
    await using engine = await startEngine();
    const tidied: string[] = [];
    engine.startWorker(async (step, { signal }) => {
      if (step.id === 'test') return untilAborted(signal);
      tidied.push(`${step.id} ${signal.aborted}`);
      return succeeded;
    });
    const runId = await engine.createRun(
      pipelineOf('test', { id: 'take-back', runWhen: 'on-cancel' }, 'next'),
    );
    await engine.deliver(runId);
    await isRunning(engine, runId, 'test');

    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
    expect(tidied).toEqual(['take-back false']);
  });
});

describe.concurrent('a step that runs always', () => {
  it('runs after a failure, which stays the end of the run', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (step) => (step.id === 'test' ? failed : succeeded));
    const runId = await engine.createRun(pipeline);

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'failed', reason: 'test: exit code 1' });
    expect(run.steps).toMatchObject({
      'clean-up': { outcome: 'succeeded' },
      next: { outcome: 'skipped', reason: 'a step that it needs did not succeed' },
    });
  });

  it('runs after a cancel, with a signal of its own, before the run ends cancelled', async () => {
    await using engine = await startEngine();
    let wasStopped: boolean | undefined;
    engine.startWorker(async (step, { signal }) => {
      if (step.id === 'test') return untilAborted(signal);
      wasStopped = signal.aborted;
      return succeeded;
    });
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);
    await isRunning(engine, runId, 'test');

    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
    expect(run.steps).toMatchObject({
      test: { outcome: 'cancelled' },
      'clean-up': { outcome: 'succeeded' },
      next: { outcome: 'skipped', reason: 'cancelled by bob' },
    });
    expect(wasStopped).toBe(false);
  });

  it('is stopped too when it takes too long after the cancel', async () => {
    await using engine = await startEngine();
    engine.startWorker(
      (step, { signal }) => (step.id === 'test' ? Promise.resolve(succeeded) : untilAborted(signal)),
      {
        cleanUpMs: 50,
      },
    );
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);
    await isRunning(engine, runId, 'clean-up');

    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.ended(runId);

    expect(run.steps['clean-up']).toMatchObject({ outcome: 'cancelled', reason: 'stopped' });
    expect(run.outcome).toBe('cancelled');
  });

  it('is run by the worker that takes a cancelled run over', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(pipeline);
    await engine.admit(runId);
    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    await engine.db
      .updateTable('lease')
      .set({ expires_at: new Date(0) })
      .execute();
    const executed: [string, boolean][] = [];
    engine.startWorker(async (step, { signal }) => {
      executed.push([step.id, signal.aborted]);
      return succeeded;
    });

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    // The first one has begun with the run, and is to be ended in good order.
    expect(executed).toEqual([
      ['test', true],
      ['clean-up', false],
    ]);
    expect(run).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
  });

  it('is left to another worker by one that shuts down after the cancel', async () => {
    await using engine = await startEngine();
    const first = engine.startWorker(async (step, { signal }) => {
      if (step.id === 'clean-up')
        await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
      return succeeded;
    });
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);
    await isRunning(engine, runId, 'clean-up');
    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });

    await first.shutDown();
    const between = await engine.run(runId);
    engine.startWorker(async () => succeeded);
    const run = await engine.ended(runId);

    expect(between.state).toBe('running');
    expect(run.steps['clean-up']).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(run.outcome).toBe('cancelled');
  });

  it('runs again in the retry of a run that had failed before it', async () => {
    await using engine = await startEngine();
    const executed: string[] = [];
    engine.startWorker(async (step) => {
      executed.push(step.id);
      return step.id === 'test' && executed.length === 1 ? failed : succeeded;
    });
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);
    await engine.ended(runId);

    const again = await engine.db.transaction().execute((tx) => retryRun(tx, { runId, by: 'bob' }));
    if ('refused' in again) throw new Error(again.refused);
    await engine.deliver(again.runId);
    const run = await engine.ended(again.runId);

    expect(run.outcome).toBe('succeeded');
    expect(executed).toEqual(['test', 'clean-up', 'test', 'clean-up', 'next']);
  });
});

describe.concurrent('a step that is allowed to fail', () => {
  it('leaves a warning: the run goes on and succeeds', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (step) => (step.id === 'lint' ? failed : succeeded));
    const runId = await engine.createRun(pipelineOf({ id: 'lint', allowFailure: true }, 'test'));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'succeeded', reason: 'with a warning: lint failed' });
    expect(run.steps).toMatchObject({
      lint: { outcome: 'failed', reason: 'exit code 1' },
      test: { outcome: 'succeeded' },
    });
  });
});
