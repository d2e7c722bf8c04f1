import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { redeliverRun } from '../../src/runs/deliver-run.ts';
import { reconcileOnce } from '../../src/runs/reconciler.ts';
import { retryRun } from '../../src/runs/repeat-run.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { parkRun, wakeRun } from '../../src/store/waiting-runs.ts';
import { waitFor } from '../support/wait-for.ts';
import { approve, decide, pushed, signedOff, waitingRun } from './approvals-under-test.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

describe.concurrent('a run with an approve step', () => {
  it('waits without worker and lease, also over the end of its worker, and goes on when it is approved', async () => {
    await using engine = await startEngine();
    const first = engine.startWorker(async () => pushed('sha256:1'));
    const runId = await waitingRun(engine, signedOff());
    await first.shutDown();

    const waiting = await engine.run(runId);
    const leases = await engine.db.selectFrom('lease').select('expires_at').execute();
    const found = await reconcileOnce(engine);
    engine.startWorker(async () => succeeded);
    const receipt = await decide(engine, { runId, comment: 'looks well' });
    const run = await engine.ended(runId);

    expect(waiting).toMatchObject({ state: 'waiting', reason: 'waiting for approval by release' });
    expect(waiting.steps.signoff?.state).toBe('waiting');
    expect(leases.every(({ expires_at }) => expires_at.getTime() <= Date.now())).toBe(true);
    expect({ active: first.activeRuns(), found }).toEqual({ active: [], found: [] });
    expect(receipt).toEqual({ decided: true });
    expect(run.outcome).toBe('succeeded');
    expect(run.steps.signoff).toMatchObject({
      attempt: 1,
      reason: 'approved by rita',
      output: {
        images: { push: 'r/cart@sha256:1' },
        approvals: [{ by: 'rita', roles: ['release'], comment: 'looks well' }],
      },
    });
  });

  it('ends as rejected when one person rejects it, with the reason given', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await waitingRun(engine, signedOff({ count: 2 }));

    await decide(engine, { runId });
    await decide(engine, {
      runId,
      by: { name: 'rob', roles: ['release'] },
      verdict: 'rejected',
      comment: 'no!',
    });
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'rejected', reason: 'signoff: rejected by rob (release): no!' });
    expect(run.steps.ship?.outcome).toBe('skipped');
  });

  it('ends as timed-out when nobody decides in time', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await waitingRun(engine, signedOff({ timeoutMs: 3_600_000 }));
    await passTime(engine);

    await waitFor(async () => (await reconcileOnce(engine)).length > 0, { what: 'its time' });
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'timed-out', reason: 'signoff: no approval by release within 1h' });
    expect(await decide(engine, { runId })).toEqual({ refused: 'not-waiting' });
  });

  it('counts people, not decisions, and neither the author nor anybody without the role', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await waitingRun(engine, signedOff({ count: 2 }));

    const refusals = [
      await decide(engine, { runId, by: { name: 'Alice', roles: ['release'] } }),
      await decide(engine, { runId, by: { name: 'test', roles: ['release'] } }),
      await decide(engine, { runId, by: { name: 'rita', roles: ['qa'] } }),
      await decide(engine, { runId, subject: 'what was there before' }),
      await decide(engine, { runId, stepId: 'push' }),
    ];
    await decide(engine, { runId });
    await decide(engine, { runId });
    await waitFor(async () => (await engine.run(runId)).reason?.includes('1 of 2'), {
      what: 'the first to count',
    });
    await decide(engine, { runId, by: { name: 'rob', roles: ['release'] } });
    const run = await engine.ended(runId);

    expect(refusals).toEqual([
      { refused: 'is-author' },
      { refused: 'is-author' },
      { refused: 'role-missing', roles: ['release'] },
      { refused: 'changed' },
      { refused: 'no-such-step', approveSteps: ['signoff'] },
    ]);
    expect(run.steps.signoff?.reason).toBe('approved by rita, rob');
  });

  it('is not given by whoever made one of the older commits that the run stands for', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await waitingRun(engine, signedOff(), { told: { authors: ['Rita'] } });

    const refused = await decide(engine, { runId });
    const decided = await decide(engine, { runId, by: { name: 'rob', roles: ['release'] } });

    expect([refused, decided]).toEqual([{ refused: 'is-author' }, { decided: true }]);
    await engine.ended(runId);
  });

  it('goes on with other steps meanwhile, and with what was approved as soon as it is', async () => {
    await using engine = await startEngine();
    const slow = Promise.withResolvers<StepResult>();
    const executed: string[] = [];
    engine.startWorker(async (step) => {
      executed.push(step.id);
      return step.id === 'slow' ? slow.promise : succeeded;
    });
    const pipeline = pipelineOf({ id: 'slow' }, approve({ needs: [] }), { id: 'ship', needs: ['signoff'] });
    const runId = await engine.createRun(pipeline);
    await engine.deliver(runId);
    await waitFor(async () => (await engine.run(runId)).steps.signoff?.state === 'waiting', {
      what: 'it to wait',
    });

    await decide(engine, { runId });
    await waitFor(() => executed.includes('ship'), { what: 'the step after the approval' });
    const meanwhile = await engine.run(runId);
    slow.resolve(succeeded);
    const run = await engine.ended(runId);

    expect(meanwhile).toMatchObject({ state: 'running' });
    expect(meanwhile.steps.slow?.state).toBe('running');
    expect(run.outcome).toBe('succeeded');
  });

  it('is cancelled while it waits, and then still does what is always to be done', async () => {
    await using engine = await startEngine();
    const executed: string[] = [];
    engine.startWorker(async (step) => {
      executed.push(step.id);
      return succeeded;
    });
    const { steps, ...rest } = signedOff();
    const report = pipelineOf({ id: 'report', needs: ['ship'], runWhen: 'always' }).steps;
    const runId = await waitingRun(engine, { ...rest, steps: [...steps, ...report] });

    await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
    await redeliverRun(engine.db, engine.queue, runId);
    const run = await engine.ended(runId);

    expect(run).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
    expect(run.steps.signoff).toMatchObject({ outcome: 'skipped', reason: 'cancelled by bob' });
    expect(executed).toEqual(['push', 'report']);
  });

  it('holds up no other run of its group while it waits, and takes its turn again afterwards', async () => {
    await using engine = await startEngine();
    const busy = Promise.withResolvers<StepResult>();
    engine.startWorker(async (_step, { run }) => (run.number === 2 ? busy.promise : succeeded));
    const first = await waitingRun(engine, signedOff());
    const second = await engine.createRun(pipelineOf('long'));
    await engine.deliver(second);
    await waitFor(async () => (await engine.run(second)).state === 'running', {
      what: 'the next run to begin',
    });

    await decide(engine, { runId: first });
    const admission = await engine.admit(first);
    busy.resolve(succeeded);
    const [one, two] = [await engine.ended(first), await engine.ended(second)];

    expect(admission).toEqual({ kind: 'waiting' });
    expect([one.outcome, two.outcome]).toEqual(['succeeded', 'succeeded']);
    expect(Number(one.ended_at)).toBeGreaterThan(Number(two.ended_at));
  });

  it('is not left to itself when news has come on its way there', async () => {
    await using engine = await startEngine();
    const runId = await engine.createRun(signedOff());
    const lease = await acquireLease(engine.db, { runId, owner: 'a/1', ttlMs: 20_000 });
    if (lease === null) throw new Error('no lease');

    await wakeRun(engine.db, runId);
    const park = { wakeAt: new Date(Date.now() + 60_000), wakes: 0, reason: 'waiting' };
    const early = await parkRun(engine.db, lease, park);
    const late = await parkRun(engine.db, lease, { ...park, wakes: 1 });

    expect([early, late]).toEqual([false, true]);
  });

  it('is asked again when it is retried, unless nothing is left to be done after the approval', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (step) =>
      step.id === 'ship' ? { outcome: 'failed', reason: 'no' } : succeeded,
    );
    const runId = await waitingRun(engine, signedOff());
    await decide(engine, { runId });
    await engine.ended(runId);

    const again = await engine.db.transaction().execute((tx) => retryRun(tx, { runId, by: 'bob' }));

    const { steps } = await engine.run('runId' in again ? again.runId : '');
    expect(steps.push).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    expect(steps.signoff).toMatchObject({ state: 'pending', outcome: null });
  });
});

/** As if what is waited for now had been waited for until its end: a short time would be over before the run waits. */
async function passTime({ db }: Awaited<ReturnType<typeof startEngine>>): Promise<void> {
  const until = new Date(Date.now() - 1_000);
  await db
    .updateTable('step')
    .set({ journal: sql`jsonb_set(journal, '{until}', to_jsonb(${until.toISOString()}::text))` })
    .where('state', '=', 'waiting')
    .execute();
  await db
    .updateTable('run')
    .set({ wake_at: until, delivered_at: new Date(0) })
    .execute();
}
