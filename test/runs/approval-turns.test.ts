import { describe, expect, it } from 'vitest';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { waitFor } from '../support/wait-for.ts';
import { approve, decide, signedOff, waitingRun } from './approvals-under-test.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a run with an approve step', () => {
  it('takes its turn again also after a rejection, when something is still to be done', async () => {
    await using engine = await startEngine();
    const busy = Promise.withResolvers<StepResult>();
    engine.startWorker(async (_step, { run }) => (run.number === 3 ? busy.promise : succeeded));
    const report = { id: 'report', runWhen: 'always' as const };
    const withReport = await waitingRun(engine, pipelineOf({ id: 'push', kind: 'push' }, approve(), report));
    const plain = await waitingRun(engine, signedOff());
    const third = await engine.createRun(pipelineOf('long'));
    await engine.deliver(third);
    await waitFor(async () => (await engine.run(third)).state === 'running', {
      what: 'the next run to begin',
    });

    await decide(engine, { runId: withReport, verdict: 'rejected' });
    await decide(engine, { runId: plain, verdict: 'rejected' });
    const ended = await engine.ended(plain);
    const admission = await engine.admit(withReport);
    busy.resolve(succeeded);
    const run = await engine.ended(withReport);

    expect(ended.outcome).toBe('rejected');
    expect(admission).toEqual({ kind: 'waiting' });
    expect([run.outcome, run.steps.report?.outcome]).toEqual(['rejected', 'succeeded']);
  });

  it('counts one person once, in whatever case the name of a token is written', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await waitingRun(engine, signedOff({ count: 2 }));

    await decide(engine, { runId });
    await decide(engine, { runId, by: { name: 'Rita', roles: ['release'] } });
    await waitFor(async () => (await engine.run(runId)).reason?.includes('(1 of 2)'), {
      what: 'the second decision to be looked at',
    });
    await decide(engine, { runId, by: { name: 'rob', roles: ['release'] } });
    const run = await engine.ended(runId);

    expect(run.steps.signoff?.reason).toBe('approved by Rita, rob');
  });

  it('asks nobody any more once all that waits for the approval is skipped', async () => {
    await using engine = await startEngine();
    const testing = Promise.withResolvers<StepResult>();
    engine.startWorker(async (step) => (step.id === 'test' ? testing.promise : succeeded));
    const runId = await engine.createRun(
      pipelineOf({ id: 'push', kind: 'push' }, { id: 'test', needs: [] }, approve(), {
        id: 'ship',
        needs: ['signoff', 'test'],
      }),
    );
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.signoff?.state === 'waiting', {
      what: 'the approval to be asked for',
    });

    testing.resolve({ outcome: 'failed', reason: 'exit code 1' });
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'failed', reason: 'test: exit code 1' });
    expect(run.steps.signoff).toMatchObject({
      outcome: 'skipped',
      reason: 'nothing that waits for the approval is to be done any more',
    });
  });
});
