import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { stopReasonOf } from '../../src/domain/stop-reason.ts';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a cancelled run', () => {
  it('ends within 3 s although its step does not listen, and says by whom', async () => {
    await using engine = await startEngine();
    engine.startWorker(() => new Promise(() => undefined));
    const runId = await engine.createRun(pipelineOf('deaf', 'next'));
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.deaf?.state === 'running', {
      what: 'step to run',
    });

    const asked = performance.now();
    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
    expect(run.steps.next?.outcome).toBe('skipped');
    expect(performance.now() - asked).toBeLessThan(5_500);
  });

  it('in the pause after a fault lets the step end in good order what that has left', async () => {
    await using engine = await startEngine();
    const attempts: boolean[] = [];
    engine.startWorker(async (_step, { signal, isLastAttempt }) => {
      attempts.push(isLastAttempt);
      if (!signal.aborted) throw new Fault('cluster-unreachable', 'The cluster did not answer');
      return { outcome: 'cancelled', reason: 'job/migrate was deleted' };
    });
    const retry = { max: 1, on: ['fault' as const], backoffMs: 600_000 };
    const runId = await engine.createRun(pipelineOf({ id: 'migrate', kind: 'job', retry }));
    await engine.deliver(runId);
    await waitFor(() => attempts.length > 0, { what: 'the first attempt' });

    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.ended(runId);

    expect(run.steps.migrate).toMatchObject({ outcome: 'cancelled', reason: 'job/migrate was deleted' });
    expect(attempts).toEqual([false, true]);
  });

  it('tells the step what shall become of a rollout', async () => {
    await using engine = await startEngine();
    let stop: unknown;
    engine.startWorker(async (_step, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      stop = stopReasonOf(signal);
      return { outcome: 'cancelled', reason: 'left as it is' };
    });
    const runId = await engine.createRun(pipelineOf('rollout'));
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.rollout?.state === 'running', {
      what: 'step to run',
    });

    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.ended(runId);

    expect(run.steps.rollout).toMatchObject({ outcome: 'cancelled', reason: 'left as it is' });
    expect(stop).toEqual({ kind: 'cancelled', by: 'bob', rollout: 'leave' });
  });

  it('begins nothing more when its worker died, and needs no engine to end', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(pipelineOf({ id: 'image', kind: 'build' }, 'test'));
    await engine.admit(runId);
    await engine.db
      .updateTable('step')
      .set({ state: 'ended', outcome: 'succeeded', output: '{}' })
      .where('id', '=', 'image')
      .execute();
    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    await engine.db
      .updateTable('lease')
      .set({ expires_at: new Date(0) })
      .execute();
    const executed: string[] = [];
    engine.startWorker(
      async (step) => {
        executed.push(step.id);
        return succeeded;
      },
      {
        isImageAvailable: async () => {
          throw new Fault('docker-unreachable', 'the engine is away');
        },
      },
    );

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
    expect(executed).toEqual([]);
  });

  it('ends at once when nobody has begun it', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(pipelineOf('one'));

    const answer = await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    const run = await engine.run(runId);

    expect(answer).toBe('requested');
    expect(run).toMatchObject({ state: 'ended', outcome: 'cancelled' });
    expect(await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' })).toBe('already-ended');
  });
});
