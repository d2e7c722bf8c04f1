import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { reconcileOnce } from '../../src/runs/reconciler.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, silentLog, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a run whose worker died', () => {
  it('is continued by another worker from the step that was under way, with its journal', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(pipelineOf('one', 'two'));
    await dieInStepTwo(engine, runId);
    const journals: unknown[] = [];
    const executed: string[] = [];
    const written: string[] = [];
    engine.startWorker(
      async (step, { journal }) => {
        executed.push(step.id);
        journals.push(journal.read());
        return succeeded;
      },
      {
        openLog: async () => ({ ...silentLog, write: (step, text) => void written.push(`${step}: ${text}`) }),
      },
    );

    const delivered = await reconcileOnce(engine);
    const run = await engine.ended(runId);

    expect(delivered).toEqual([runId]);
    expect(run.outcome).toBe('succeeded');
    expect(executed).toEqual(['two']);
    expect(journals).toEqual([{ began: true }]);
    expect(written).toEqual(['two: begun again as attempt 2: the worker that had it went away\n']);
  });

  it('builds an image again that only the dead worker had', async () => {
    await using engine = await startEngine();
    const pipeline = pipelineOf({ id: 'image', kind: 'build' }, { id: 'test', from: { step: 'image' } }, {
      id: 'push',
      kind: 'push',
      image: 'image',
    } as never);
    const runId = await engine.createRun(pipeline);
    const first = engine.startWorker(async (step, { signal }) => {
      if (step.id !== 'push') return succeeded;
      await new Promise((_resolve, reject) => signal.addEventListener('abort', reject, { once: true }));
      return succeeded;
    });
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.push?.state === 'running', {
      what: 'push to run',
    });
    await first.shutDown();
    await engine.db
      .updateTable('run')
      .set({ delivered_at: new Date(0) })
      .execute();
    await reconcileOnce(engine);
    const executed: string[] = [];
    engine.startWorker(
      async (step) => {
        executed.push(step.id);
        return succeeded;
      },
      { isImageAvailable: async () => false },
    );

    const run = await engine.ended(runId);

    expect(run.outcome).toBe('succeeded');
    expect(executed).toEqual(['image', 'test', 'push']);
  });

  it('says in its log why it does not go on while nobody can tell whether its image is still there', async () => {
    await using engine = await startEngine();
    const pipeline = pipelineOf({ id: 'image', kind: 'build' }, { id: 'test', from: { step: 'image' } });
    const runId = await engine.createRun(pipeline);
    const first = engine.startWorker(async (step, { signal }) => {
      if (step.id === 'image') return succeeded;
      await new Promise((_resolve, reject) => signal.addEventListener('abort', reject, { once: true }));
      return succeeded;
    });
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.test?.state === 'running', {
      what: 'test to run',
    });
    await first.shutDown();
    const written: string[] = [];
    engine.startWorker(async () => succeeded, {
      isImageAvailable: async () => {
        throw new Fault('docker-unreachable', 'the Docker engine does not answer', { hint: 'Start it' });
      },
      openLog: async () => ({ ...silentLog, write: (step, text) => void written.push(`${step}: ${text}`) }),
    });

    await waitFor(() => written.length > 0, { what: 'a line in the log' });

    expect(written[0]).toMatch(
      /^image: Whether the image can .*: the Docker engine does not answer. Start it\. /,
    );
  });

  it('is left alone while its lease lasts', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(pipelineOf('one'));
    await engine.admit(runId);

    const second = await engine.admit(runId, 'late/1');

    expect(second.kind).toBe('held');
  });

  /** A worker that stopped for good in the middle of step two: its lease has ended, nothing was handed over. */
  async function dieInStepTwo(engine: Awaited<ReturnType<typeof startEngine>>, runId: string): Promise<void> {
    const worker = engine.startWorker(async (step, { journal, signal }) => {
      if (step.id === 'one') return succeeded;
      await journal.write({ began: true });
      await new Promise((_resolve, reject) => signal.addEventListener('abort', reject, { once: true }));
      return succeeded;
    });
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.two?.journal != null, {
      what: 'journal of step two',
    });
    await engine.db
      .updateTable('lease')
      .set({ fencing: 99, expires_at: new Date(0) })
      .execute();
    await worker.drain();
    await engine.db
      .updateTable('run')
      .set({ delivered_at: new Date(0) })
      .execute();
  }
});

describe.concurrent('a worker that lost its lease', () => {
  it('changes nothing any more', async () => {
    await using engine = await startEngine();
    const resume = Promise.withResolvers<void>();
    const worker = engine.startWorker(async () => {
      await resume.promise;
      return succeeded;
    });
    const runId = await engine.createRun(pipelineOf('one', 'two'));
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.one?.state === 'running', {
      what: 'step one to run',
    });
    await engine.db
      .updateTable('lease')
      .set({ expires_at: new Date(0) })
      .execute();
    const successor = await engine.admit(runId);

    resume.resolve();
    await worker.drain();

    expect(successor).toMatchObject({ kind: 'admitted', lease: { fencing: 2 } });
    expect((await engine.run(runId)).steps.one).toMatchObject({ state: 'running', outcome: null });
  });
});

describe.concurrent('a draining worker', () => {
  it('finishes the step in hand and hands the rest over', async () => {
    await using engine = await startEngine();
    const release = Promise.withResolvers<void>();
    const worker = engine.startWorker(async () => {
      await release.promise;
      return succeeded;
    });
    const runId = await engine.createRun(pipelineOf('one', 'two'));
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.one?.state === 'running', {
      what: 'step one to run',
    });

    const drained = worker.drain();
    release.resolve();
    await drained;
    const handedOver = await engine.run(runId);
    engine.startWorker(async () => succeeded);
    const run = await engine.ended(runId);

    expect(handedOver.steps).toMatchObject({ one: { outcome: 'succeeded' }, two: { state: 'pending' } });
    expect(run.outcome).toBe('succeeded');
  });
});
