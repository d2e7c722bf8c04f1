import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import type { StepContext } from '../../src/steps/step-handler.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('the progress of a step', () => {
  it('is seen while the step works, and its last report is kept when it ends', async () => {
    await using engine = await startEngine();
    const goOn = Promise.withResolvers<void>();
    engine.startWorker(async (_step, { progress }) => {
      progress(files(1));
      await goOn.promise;
      for (let done = 2; done <= 5_000; done++) progress(files(done));
      return succeeded;
    });
    const runId = await engine.createRun(pipelineOf('one'));
    await engine.deliver(runId);
    const progressNow = async () => (await engine.run(runId)).steps.one?.progress;

    await waitFor(async () => (await progressNow())?.done === 1, { what: 'the first report' });
    goOn.resolve();
    await engine.ended(runId);

    expect(await progressNow()).toEqual(files(5_000));
  });

  it('covers secrets', async () => {
    await using engine = await startEngine();
    const mask = (text: string) => text.replaceAll('swordfish', '****');
    engine.startWorker(
      async (_step, { progress }) => {
        progress({ ...files(1), text: 'RUN login swordfish' });
        return succeeded;
      },
      { mask },
    );
    const runId = await engine.createRun(pipelineOf('one'));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run.steps.one?.progress?.text).toBe('RUN login ****');
  });

  it('that cannot be stored fails no step', async () => {
    await using engine = await startEngine();
    await sql`alter table step add constraint no_progress check (progress is null)`.execute(engine.db);
    engine.startWorker(async (_step, { progress }) => {
      progress(files(1));
      return succeeded;
    });
    const runId = await engine.createRun(pipelineOf('one'));

    await engine.deliver(runId);

    expect(await engine.ended(runId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('is the pause before the next attempt while that is waited for', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (_step, { progress, attempt }) => {
      if (attempt > 1) return succeeded;
      progress(files(1));
      return { outcome: 'failed', reason: 'once' };
    });
    const retry = { max: 2, on: ['failure' as const], backoffMs: 60_000 };
    const runId = await engine.createRun(pipelineOf({ id: 'flaky', retry }));
    await engine.deliver(runId);

    const seen = await waitFor(
      async () => {
        const { progress } = (await engine.run(runId)).steps.flaky ?? {};
        return progress?.phase === 'pause' && progress;
      },
      { what: 'the pause' },
    );

    expect(seen.text).toBe('trying again in 60 s (2 left)');
  });

  it('of an attempt that was given up counts for nothing', async () => {
    await using engine = await startEngine();
    let late: StepContext | undefined;
    engine.startWorker(async (_step, context) => {
      if (context.attempt === 1) {
        late = context;
        context.progress(files(1));
        return { outcome: 'failed', reason: 'once' };
      }
      late?.progress(files(99));
      context.progress(files(2));
      return succeeded;
    });
    const runId = await engine.createRun(pipelineOf({ id: 'one', retry: { max: 1, on: ['failure'] } }));

    await engine.deliver(runId);
    const run = await engine.ended(runId);

    expect(run.steps.one?.progress).toEqual(files(2));
  });
});

function files(done: number): StepProgress {
  return { phase: 'checkout', text: `${done} files`, done, total: null, unit: 'files', items: [] };
}
