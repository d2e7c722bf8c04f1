import { expect, test } from 'vitest';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import { createRun } from '../../src/runs/create-run.ts';
import { redeliverRun } from '../../src/runs/deliver-run.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { isWoken, wakeRun } from '../../src/store/waiting-runs.ts';
import { startStarter } from '../../src/triggers/starter.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { pipelineOf, startEngine, succeeded } from '../runs/engine-under-test.ts';
import { waitFor } from '../support/wait-for.ts';

const level = {
  name: 'level',
  type: 'string',
  default: 'info',
  options: [],
  pattern: null,
  description: null,
};

function entry(name: string, ...steps: Parameters<typeof pipelineOf>): CatalogueEntry {
  const pipeline = { ...pipelineOf(...steps), name, concurrency: { group: 'all', queue: 'fifo' as const } };
  return {
    name,
    source: `name: ${name}`,
    pipeline: { ...pipeline, parameters: [level] } as CatalogueEntry['pipeline'],
  };
}

/** A step that starts another pipeline. */
function start(pipeline: string, more: object = {}) {
  return { id: 'go', kind: 'trigger' as const, pipeline, parameters: {}, wait: true, ...more } as never;
}

/** An engine of one slot, and the starter of a server, on one database. */
async function startWorld(entries: CatalogueEntry[]) {
  const engine = await startEngine();
  const behaviour = { of: async (_id: string, _signal: AbortSignal): Promise<StepResult> => succeeded };
  const find = (name: string) => entries.find((one) => one.name === name);
  const newWorker = () => engine.startWorker((step, { signal }) => behaviour.of(step.id, signal), {}, 1);
  const worker = newWorker();
  const wake = async (runId: string) => {
    await wakeRun(engine.db, runId);
    if (await isWoken(engine.db, runId)) await redeliverRun(engine.db, engine.queue, runId);
  };
  const starter = await startStarter({
    store: engine.store,
    catalogue: () => entries,
    findPipeline: find,
    layoutOf: () => ['standard'],
    sourceControlOf: () => {
      throw new Error('not asked: all are in one repository');
    },
    createRun,
    deliverRun: (runId) => engine.deliver(runId),
    wakeRun: wake,
    logger: engine.engine(async () => succeeded).logger,
  });
  return {
    engine,
    behaviour,
    worker,
    newWorker,
    wake,
    async begin(name: string) {
      const pipeline = find(name);
      if (pipeline === undefined) throw new Error(name);
      const runId = await engine.createRun(pipeline.pipeline, { pipeline });
      await engine.deliver(runId);
      return runId;
    },
    runs: () => engine.db.selectFrom('run').selectAll().orderBy('created_at').execute(),
    waiting: (runId: string) =>
      waitFor(async () => (await engine.run(runId)).state === 'waiting', { what: 'the run to wait' }),
    async [Symbol.asyncDispose]() {
      await starter[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

test('a trigger step starts the other pipeline at its own revision, with its parameters, and waits without a worker', async () => {
  await using world = await startWorld([
    entry('cart', start('e2e', { parameters: { level: 'r${revision}' } }), 'after'),
    entry('e2e', 'test'),
  ]);

  const run = await world.engine.ended(await world.begin('cart'));

  const [, child] = await world.runs();
  expect(run).toMatchObject({ outcome: 'succeeded', steps: { after: { outcome: 'succeeded' } } });
  expect(run.steps.go?.output).toEqual({ run: child?.id, pipeline: 'e2e', number: 1 });
  expect(child).toMatchObject({
    pipeline: 'e2e',
    outcome: 'succeeded',
    revision: '7',
    branch: 'trunk',
    parameters: { level: 'r7' },
    upstream_id: run.id,
    requested_by: 'cart #1',
  });
});

test('what a run of a merge request starts in its repository is of that merge request and its makers too', async () => {
  const world = [entry('cart', start('e2e')), entry('e2e', 'test')];
  await using started = await startWorld(world);
  const request = { number: 7, source: 'topic', target: 'main' };
  const [cart] = world;
  if (cart === undefined) throw new Error('no pipeline');
  const runId = await started.engine.createRun(cart.pipeline, {
    pipeline: cart,
    author: 'carl',
    requestedBy: 'bob',
    told: { authors: ['dora'], request },
  });
  await started.engine.deliver(runId);

  await started.engine.ended(runId);

  const [, child] = await started.runs();
  const makers = { authors: ['dora', 'carl'], requesters: ['bob'] };
  expect(child).toMatchObject({ pipeline: 'e2e', told: { trigger: 'pipeline', request, ...makers } });
});

test("the other run's failure is the step's, unless the step does not wait for it", async () => {
  await using world = await startWorld([
    entry('cart', start('e2e')),
    entry('calm', start('e2e', { wait: false })),
    entry('e2e', 'test'),
  ]);
  world.behaviour.of = async () => ({ outcome: 'failed', reason: 'red' });

  const waits = await world.engine.ended(await world.begin('cart'));
  const calm = await world.engine.ended(await world.begin('calm'));

  expect(waits).toMatchObject({ outcome: 'failed', reason: 'go: e2e #1 failed: test: red' });
  expect(calm).toMatchObject({ outcome: 'succeeded' });
});

test('what cannot be started fails the step with the reason: no such pipeline, a wrong parameter, a ring', async () => {
  await using world = await startWorld([
    entry('nobody', start('gone')),
    entry('wrong', start('e2e', { parameters: { colour: 'red' } })),
    entry('one', start('two')),
    entry('two', start('one')),
    entry('e2e', 'test'),
  ]);

  const reasons = [];
  for (const name of ['nobody', 'wrong', 'one'])
    reasons.push((await world.engine.ended(await world.begin(name))).reason);

  expect(reasons[0]).toBe('go: gone was not started: there is no pipeline gone');
  expect(reasons[1]).toContain('colour');
  expect(reasons[2]).toContain(
    'one was not started: pipelines would start each other without end: one -> two -> one',
  );
});

test('steps that were read from a repository start nothing that the server has not named for them', async () => {
  const file = { path: 'ci.yaml', mergeRequests: 'target' as const };
  const cart = entry('cart', start('e2e'));
  cart.pipeline.file = file;
  const shop = entry('shop', start('e2e'));
  shop.pipeline.file = { ...file, starts: ['e2e'] };
  await using world = await startWorld([cart, shop, entry('e2e', 'test')]);

  const refused = await world.engine.ended(await world.begin('cart'));
  const started = await world.engine.ended(await world.begin('shop'));

  expect(refused.reason).toContain('e2e was not started: the steps of cart are in its repository');
  expect(started.outcome).toBe('succeeded');
});

test('a cancel ends what the step has started too', async () => {
  await using world = await startWorld([entry('cart', start('e2e')), entry('e2e', 'test')]);
  world.behaviour.of = async (_id, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { outcome: 'cancelled', reason: 'stopped' };
  };
  const runId = await world.begin('cart');
  const child = await waitFor(
    async () => (await world.runs()).find(({ pipeline, state }) => pipeline === 'e2e' && state === 'running'),
    { what: 'the other run to work' },
  );

  await requestCancel(world.engine.db, { runId, by: 'alice', rollout: 'leave' });
  await world.wake(runId);
  const cancelled = waitFor(async () => (await world.engine.run(child.id)).cancel_requested_at !== null, {
    what: 'the other run to be cancelled',
  });
  // The one slot is the child's: another worker has the parent.
  world.newWorker();
  await cancelled;
  world.worker.noticeCancel(child.id);

  expect((await world.engine.ended(runId)).outcome).toBe('cancelled');
  expect(await world.engine.ended(child.id)).toMatchObject({
    outcome: 'cancelled',
    cancel_requested_by: 'cart #1',
  });
});

test('a step that is taken over, in whatever state, starts nothing twice', async () => {
  await using world = await startWorld([entry('cart', start('e2e')), entry('e2e', 'test')]);
  const runId = await world.begin('cart');
  await world.engine.ended(runId);
  const key = (await world.runs())[1]?.identity ?? '';
  const events = () =>
    world.engine.db.selectFrom('event').select('id').where('delivery_key', '=', key).execute();

  // As a worker leaves it that died right after the run was made, or even before its event was noticed.
  await world.engine.db
    .updateTable('step')
    .set({ state: 'running', outcome: null, output: null, ended_at: null })
    .where('run_id', '=', runId)
    .execute();
  await world.engine.db
    .updateTable('run')
    .set({ state: 'running', outcome: null, ended_at: null })
    .where('id', '=', runId)
    .execute();
  await redeliverRun(world.engine.db, world.engine.queue, runId);
  const again = await world.engine.ended(runId);

  expect(again).toMatchObject({ outcome: 'succeeded', steps: { go: { attempt: 2 } } });
  expect(await world.runs()).toHaveLength(2);
  expect(await events()).toHaveLength(1);
});
