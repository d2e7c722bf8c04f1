import { describe, expect, it } from 'vitest';
import type { Concurrency, Pipeline } from '../../src/domain/pipeline.ts';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { reconcileOnce } from '../../src/runs/reconciler.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { keepQueueRules } from '../../src/store/queue-rules.ts';
import { beginDeployStep, supersedeOlder } from '../../src/store/superseding.ts';
import { waitFor } from '../support/wait-for.ts';
import { approve, type TestEngine } from './approvals-under-test.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const newest: Concurrency = { group: 'all', queue: 'latest', cancelInProgress: true };
const repeating: Concurrency[] = [newest, { group: 'all', queue: 'latest' }];

describe.concurrent('a concurrency group', () => {
  it.each(['fifo', 'latest'] as const)('with a limit of 2 lets two runs work at once: %s', async (queue) => {
    await using engine = await startEngine();
    const ends = new Map([1, 2, 3].map((number) => [number, Promise.withResolvers<StepResult>()]));
    engine.startWorker(async (_step, { run }) => ends.get(run.number)?.promise ?? succeeded);
    const pipeline = { ...pipelineOf('one'), concurrency: { group: 'all', queue, limit: 2 } };
    const runs = [];
    for (let count = 0; count < 3; count += 1) {
      runs.push(await engine.createRun(pipeline));
      await engine.deliver(runs[count] ?? '');
      if (count < 2) await untilRunning(engine, runs[count]);
    }
    const [, second = '', third = ''] = runs;

    const refused = await engine.admit(third);
    ends.get(2)?.resolve(succeeded);
    await engine.ended(second);
    await untilRunning(engine, third);
    for (const end of ends.values()) end.resolve(succeeded);
    const outcomes = [];
    for (const runId of runs) outcomes.push((await engine.ended(runId)).outcome);

    expect(refused).toEqual({ kind: 'waiting' });
    expect(outcomes).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('lets so many runs wait as its file says, and so long: the oldest of too many end, and those that are late', async () => {
    await using engine = await startEngine();
    const work = Promise.withResolvers<StepResult>();
    engine.startWorker(() => work.promise);
    const concurrency: Concurrency = { group: 'all', queue: 'fifo', maxQueue: 2, queueTimeoutMs: 3_600_000 };
    const pipeline = { ...pipelineOf('one'), concurrency };
    const first = await begun(engine, await engine.createRun(pipeline));
    const waiting = [];
    for (let count = 0; count < 4; count += 1) waiting.push(await engine.createRun(pipeline));
    const [second = '', third = '', fourth = '', fifth = ''] = waiting;
    const longAgo = new Date(Date.now() - 3_700_000);
    await engine.db.updateTable('run').set({ created_at: longAgo }).where('id', '=', fourth).execute();

    const ended = await keepQueueRules(engine.db);
    const again = await keepQueueRules(engine.db);
    const runs = await Promise.all([first, second, third, fourth, fifth].map((id) => engine.run(id)));
    work.resolve(succeeded);

    expect([ended, again]).toEqual([2, 0]);
    expect(runs.map(({ state, outcome }) => outcome ?? state)).toEqual([
      ...['running', 'superseded', 'queued', 'timed-out', 'queued'],
    ]);
    expect(runs[1]?.reason).toBe('superseded by #5: no more than 2 wait');
    expect(runs[3]?.reason).toBe('it has waited for its turn for more than 1h');
  });

  it('that cancels in progress ends an older run for the sake of a newer one, which begins then', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (step, { run }) =>
      run.number === 1 && step.id === 'test' ? new Promise(() => undefined) : succeeded,
    );
    const pipeline = { ...pipelineOf('test', { id: 'ship', kind: 'deploy' }), concurrency: newest };
    const first = await begun(engine, await engine.createRun(pipeline));
    const second = await engine.createRun(pipeline);
    await engine.deliver(second);

    const [one, two] = [await engine.ended(first), await engine.ended(second)];

    expect(one).toMatchObject({ outcome: 'superseded', reason: 'superseded by #2' });
    expect(one.steps.ship).toMatchObject({ outcome: 'skipped', reason: 'superseded by #2' });
    expect(two.outcome).toBe('succeeded');
  });

  it('never ends a run that has begun to deploy: the newer one waits, and a person may still cancel it', async () => {
    await using engine = await startEngine();
    engine.startWorker(async (_step, { run, signal }) => {
      if (run.number === 2) return succeeded;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { outcome: 'cancelled', reason: 'rolled back' };
    });
    const pipeline = { ...pipelineOf({ id: 'ship', kind: 'deploy' }), concurrency: newest };
    const first = await begun(engine, await engine.createRun(pipeline));
    await waitFor(async () => (await engine.run(first)).steps.ship?.attempt === 1, {
      what: 'the deploy to begin',
    });
    const second = await engine.createRun(pipeline);

    const waiting = await engine.admit(second);
    const untouched = await engine.run(first);
    await requestCancel(engine.db, { runId: first, by: 'bob', rollout: 'roll-back' });
    const [one, two] = [await engine.ended(first), await engine.ended(second)];

    expect(waiting).toEqual({ kind: 'waiting' });
    expect(untouched).toMatchObject({ state: 'running', cancel_requested_at: null, superseded_by: null });
    expect(one).toMatchObject({ outcome: 'cancelled', reason: 'cancelled by bob' });
    expect(two.outcome).toBe('succeeded');
  });

  it('that cancels in progress lets only the newest of those begin that have waited for an older one: fifo', async () => {
    await using engine = await startEngine();
    const shipped = Promise.withResolvers<StepResult>();
    engine.startWorker(async (_step, { run }) => (run.number === 1 ? shipped.promise : succeeded));
    const concurrency: Concurrency = { ...newest, queue: 'fifo' };
    const pipeline = { ...pipelineOf({ id: 'ship', kind: 'deploy' }), concurrency };
    const first = await begun(engine, await engine.createRun(pipeline));
    await waitFor(async () => (await engine.run(first)).steps.ship?.attempt === 1, {
      what: 'the deploy to begin',
    });
    const [second, third] = [await engine.createRun(pipeline), await engine.createRun(pipeline)];

    shipped.resolve(succeeded);
    await engine.deliver(second);
    await engine.deliver(third);
    const ends = [await engine.ended(first), await engine.ended(second), await engine.ended(third)];

    expect(ends.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['succeeded', null],
      ['superseded', 'superseded by #3'],
      ['succeeded', null],
    ]);
  });

  it.each(repeating)('ends nothing for an older move that is repeated: %o', async (concurrency) => {
    await using engine = await startEngine();
    const work = Promise.withResolvers<StepResult>();
    engine.startWorker(async (_step, { run }) => (run.number === 1 ? work.promise : succeeded));
    const pipeline: Pipeline = { ...pipelineOf('one'), concurrency };
    const later = await begun(engine, await engine.createRun(pipeline, { move: 9, revision: '9' }));
    const latest = concurrency.cancelInProgress
      ? []
      : [await engine.createRun(pipeline, { move: 9, revision: '9' })];
    const older = await engine.createRun(pipeline, { move: 8, revision: '8' });
    for (const runId of [...latest, older]) await engine.deliver(runId);

    const { cancel_requested_at: cancelledAt } = await engine.run(later);
    work.resolve(succeeded);
    const ends = await Promise.all([later, ...latest, older].map((runId) => engine.ended(runId)));

    expect(cancelledAt).toBeNull();
    expect(ends.map(({ outcome }) => outcome)).toEqual(ends.map(() => 'succeeded'));
  });

  it('that cancels in progress ends older runs that wait for an approval', async () => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const steps = pipelineOf({ id: 'push', kind: 'push' }, approve(), {
      id: 'ship',
      kind: 'deploy',
      manifests: [],
    });
    const first = await engine.createRun({ ...steps, concurrency: newest });
    await engine.deliver(first);
    await waitFor(async () => (await engine.run(first)).state === 'waiting', { what: 'the first to wait' });

    await engine.createRun({ ...steps, concurrency: newest });
    await engine.db
      .updateTable('run')
      .set({ delivered_at: new Date(0) })
      .where('id', '=', first)
      .execute();
    await reconcileOnce(engine);

    expect(await engine.ended(first)).toMatchObject({ outcome: 'superseded', reason: 'superseded by #2' });
  });

  it('either ends a run or lets it deploy, when a newer run comes at the moment at which it begins to', async () => {
    await using engine = await startEngine();
    for (let round = 0; round < 30; round += 1) {
      const { began, run } = await raceToDeploy(engine, round);

      expect(run.superseded_by === null).toBe(began === 1);
      expect(run.steps.ship?.attempt).toBe(began === 1 ? 1 : 0);
    }
  });
});

/** A newer run comes and a deploy step begins at once; every other time in the other order. */
async function raceToDeploy(engine: TestEngine, round: number) {
  const concurrency = { group: `${round}`, queue: 'fifo' } as const;
  const runId = await engine.createRun({ ...pipelineOf({ id: 'ship', kind: 'deploy' }), concurrency });
  const admission = await engine.admit(runId);
  if (admission.kind !== 'admitted') throw new Error(admission.kind);
  const { run } = admission;
  const newer = { ...run, group: run.concurrency_group, number: run.number + 1, limit: 1 };
  const supersede = () => engine.db.transaction().execute((tx) => supersedeOlder(tx, newer));
  const begin = () => beginDeployStep(engine.db, admission.lease, 'ship');
  const racing = round % 2 === 0 ? [begin(), supersede()] : [supersede(), begin()];
  const began = (await Promise.all(racing))[round % 2];
  return { began, run: await engine.run(runId) };
}

async function begun(engine: TestEngine, runId: string): Promise<string> {
  await engine.deliver(runId);
  await untilRunning(engine, runId);
  return runId;
}

async function untilRunning(engine: TestEngine, runId = ''): Promise<void> {
  await waitFor(async () => (await engine.run(runId)).state === 'running', { what: `${runId} to begin` });
}
