import { describe, expect, it } from 'vitest';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { executeDelivery } from '../../src/runs/execute-delivery.ts';
import type { EndRun } from '../../src/runs/execute-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a worker that is shut down', () => {
  it('leaves a step that does not listen to another worker', async () => {
    await using engine = await startEngine();
    const deaf = engine.startWorker(() => new Promise(() => undefined));
    const runId = await engine.createRun(pipelineOf('one'));
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.one?.state === 'running', {
      what: 'step one to run',
    });

    await deaf.shutDown();
    const left = await engine.run(runId);
    engine.startWorker(async () => succeeded);
    const run = await engine.ended(runId);

    expect(left.steps.one).toMatchObject({ state: 'running', outcome: null });
    expect(run.outcome).toBe('succeeded');
  });
});

describe.concurrent('a run that is on its way into the hands of a worker that is shut down', () => {
  it('is left to another one at once', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(pipelineOf('one'));
    const begun: string[] = [];
    const behaviour = async ({ id }: { id: string }) => {
      begun.push(id);
      return succeeded;
    };
    const hands = { keepers: new Map(), draining: AbortSignal.abort(), leaving: AbortSignal.abort() };

    const parts = {
      ...hands,
      onBegun: () => undefined,
      endRun: (store: Parameters<EndRun>[0]) => store(null),
    };
    await executeDelivery(engine.engine(behaviour), { runId }, parts);
    const left = await engine.run(runId);
    engine.startWorker(async () => succeeded);
    const run = await engine.ended(runId);

    expect(begun).toEqual([]);
    expect(left.steps.one).toMatchObject({ state: 'running', outcome: null });
    expect(run.outcome).toBe('succeeded');
  });
});

describe.concurrent('a worker that is shut down in the middle of a cancelled step', () => {
  it('does not wait for its good order: another worker sees to that', async () => {
    await using engine = await startEngine();
    const begun = Promise.withResolvers<void>();
    const worker = engine.startWorker(async (_step, { signal, handedOver }) => {
      await abortOf(signal);
      begun.resolve();
      await abortOf(handedOver);
      throw handedOver.reason;
    });
    const runId = await engine.createRun(pipelineOf({ id: 'deploy', kind: 'deploy' }));
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.deploy?.state === 'running', {
      what: 'the step to run',
    });
    await requestCancel(engine.db, { runId, by: 'alice', rollout: 'roll-back' });
    worker.noticeCancel(runId);
    await begun.promise;

    await worker.shutDown();
    const left = await engine.run(runId);
    engine.startWorker(async () => ({ outcome: 'cancelled', reason: 'rolled back' }));
    const run = await engine.ended(runId);

    expect(left.steps.deploy).toMatchObject({ state: 'running', outcome: null });
    expect(run).toMatchObject({ outcome: 'cancelled', steps: { deploy: { reason: 'rolled back' } } });
  });

  function abortOf(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
});
