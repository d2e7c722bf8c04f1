import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a run', () => {
  it('executes its steps in order, once each, and ends succeeded', async () => {
    await using engine = await startEngine();
    const order: string[] = [];
    engine.startWorker(async (step) => {
      order.push(step.id);
      return succeeded;
    });
    const runId = await engine.createRun(pipelineOf('one', 'two', 'three'));

    await engine.deliver(runId);
    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run.outcome).toBe('succeeded');
    expect(order).toEqual(['one', 'two', 'three']);
  });

  it('gives later steps the outputs of earlier ones', async () => {
    await using engine = await startEngine();
    let seen: unknown;
    engine.startWorker(async (step, { outputs }) => {
      if (step.id === 'two') seen = outputs.get('one');
      return { outcome: 'succeeded', output: { digest: 'sha256:1' } };
    });
    const runId = await engine.createRun(pipelineOf('one', 'two'));

    await engine.deliver(runId);
    await engine.ended(runId);

    expect(seen).toEqual({ digest: 'sha256:1' });
  });

  it('runs steps side by side when their needs allow it', async () => {
    await using engine = await startEngine();
    const bothBegan = Promise.withResolvers<void>();
    const began = new Set<string>();
    engine.startWorker(async (step) => {
      began.add(step.id);
      if (began.has('left') && began.has('right')) bothBegan.resolve();
      if (step.id !== 'last') await bothBegan.promise;
      return succeeded;
    });
    const runId = await engine.createRun(
      pipelineOf(
        { id: 'left', needs: [] },
        { id: 'right', needs: [] },
        { id: 'last', needs: ['left', 'right'] },
      ),
    );

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run.outcome).toBe('succeeded');
  });

  it('ends failed with the step and its one-line reason, and skips what needed it', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (step) =>
      step.id === 'two' ? { outcome: 'failed', reason: 'npm test: exit code 1' } : succeeded,
    );
    const runId = await engine.createRun(pipelineOf('one', 'two', 'three'));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'failed', reason: 'two: npm test: exit code 1' });
    expect(run.steps.three).toMatchObject({ outcome: 'skipped', attempt: 0 });
  });

  it('retries a fault, and a failure only where the step asks for it', async () => {
    await using engine = await startEngine();
    const attempts = new Map<string, number>();
    engine.startWorker(async (step): Promise<StepResult> => {
      const attempt = (attempts.get(step.id) ?? 0) + 1;
      attempts.set(step.id, attempt);
      if (step.id === 'faulty' && attempt === 1) throw new Fault('docker-unreachable', 'the engine is away');
      return step.id === 'failing' ? { outcome: 'failed', reason: 'no' } : succeeded;
    });
    const runId = await engine.createRun(
      pipelineOf({ id: 'faulty' }, { id: 'failing', retry: { max: 1, on: ['failure'] } }),
    );

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run.outcome).toBe('failed');
    expect(Object.fromEntries(attempts)).toEqual({ faulty: 2, failing: 2 });
  });

  it('ends errored when a fault cannot be mended by trying again', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => {
      throw new Fault('registry-denied', 'wrong password for main', {
        isRetryable: false,
        hint: 'Change it.',
      });
    });
    const runId = await engine.createRun(pipelineOf('push'));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'errored', reason: 'push: wrong password for main. Change it.' });
  });

  it('ends timed-out when a step does not end within its limit', async () => {
    await using engine = await startEngine();
    engine.startWorker(() => new Promise(() => undefined));
    const runId = await engine.createRun(pipelineOf({ id: 'slow', timeoutMs: 50 }));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'timed-out', reason: 'slow: step slow did not end within 0.05 s' });
  });
});

describe.concurrent('a run with an identity', () => {
  it('is made once, however often and however fast it is asked for', async () => {
    await using engine = await startEngine();

    const ids = await Promise.all(
      Array.from({ length: 20 }, () => engine.createRun(pipelineOf('one'), { identity: 'cart:trunk:7' })),
    );

    expect(new Set(ids).size).toBe(1);
  });
});
