import { describe, expect, it } from 'vitest';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a step that may be tried again', () => {
  it('is so after the exit codes that it names, and not after others', async () => {
    await using engine = await startEngine();
    const codes = [75, 75, 1];
    const attempts: number[] = [];
    engine.startWorker(async (_step, { attempt }): Promise<StepResult> => {
      const exitCode = codes[attempt - 1] ?? 0;
      attempts.push(exitCode);
      return { outcome: 'failed', reason: `"make" ended with exit code ${exitCode}`, exitCode };
    });
    const runId = await engine.createRun(pipelineOf({ id: 'flaky', retry: { max: 5, on: [75] } }));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(attempts).toEqual([75, 75, 1]);
    expect(run).toMatchObject({ outcome: 'failed', reason: 'flaky: "make" ended with exit code 1' });
  });

  it('is so after the pause that it asks for', async () => {
    await using engine = await startEngine();
    const began: number[] = [];
    engine.startWorker(async () => {
      began.push(performance.now());
      return began.length < 3 ? { outcome: 'failed', reason: 'no' } : succeeded;
    });
    const retry = { max: 5, on: ['failure' as const], backoffMs: 1_300 };
    const runId = await engine.createRun(pipelineOf({ id: 'flaky', retry }));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    const [first = 0, second = 0, third = 0] = began;
    expect(run.outcome).toBe('succeeded');
    // Without one it is a second, and then two.
    expect(second - first).toBeGreaterThanOrEqual(1_290);
    expect(third - second).toBeGreaterThanOrEqual(2_590);
  });
});

describe.concurrent('a step with an idle timeout', () => {
  it('ends timed-out when it shows no sign of life for so long, and says so', async () => {
    await using engine = await startEngine();
    engine.startWorker(() => new Promise(() => undefined));
    const runId = await engine.createRun(pipelineOf({ id: 'hangs', idleTimeoutMs: 100 }));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({
      outcome: 'timed-out',
      reason: 'hangs: step hangs showed no sign of life for 0.1 s',
    });
  });

  it('may last for longer as long as it writes or reports', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (_step, { log, signal }) => {
      const { promise, resolve } = Promise.withResolvers<StepResult>();
      let lines = 0;
      const timer = setInterval(() => {
        log.line(`line ${++lines}`);
        if (lines === 12 || signal.aborted) resolve(succeeded);
      }, 50);
      return promise.finally(() => clearInterval(timer));
    });
    const runId = await engine.createRun(pipelineOf({ id: 'talks', idleTimeoutMs: 500 }));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run.outcome).toBe('succeeded');
  });
});
