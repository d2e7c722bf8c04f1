import { expect, it } from 'vitest';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

it.for(['push', 'deploy', 'job', 'trigger'] as const)(
  'a run of a fork fails at a %s step before that does anything, and runs and builds what stands before it',
  async (kind) => {
    await using engine = await startEngine();
    const done: string[] = [];
    engine.startWorker(async (step) => {
      done.push(step.id);
      return succeeded;
    });
    const request = { number: 7, source: 'main', target: 'main', isFork: true } as const;
    const pipeline = pipelineOf({ id: 'image', kind: 'build' }, 'test', { id: 'outside', kind });
    const runId = await engine.createRun(pipeline, { branch: 'pull/7', told: { request } });

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(done).toEqual(['image', 'test']);
    expect(run).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('runs of forks may not'),
    });
  },
);
