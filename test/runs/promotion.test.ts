import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { type PromotionReceipt, requestPromotion } from '../../src/runs/request-promotion.ts';
import { templateValuesOf } from '../../src/steps/template-values.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const pushed = {
  ...{ image: 'image', imageId: 'sha256:1', name: 'shop/cart' },
  ...{ repository: 'registry.example.com/shop/cart', digest: `sha256:${'a'.repeat(64)}`, tags: ['r7'] },
};

test('a promotion executes the deploy step of its environment alone, with the digests that were pushed', async () => {
  await using engine = await startEngine();
  const executed: { id: string; outputs: Record<string, JsonObject> }[] = [];
  engine.startWorker(async (step, { outputs }) => {
    executed.push({ id: step.id, outputs: Object.fromEntries(outputs) });
    return step.kind === 'push' ? { outcome: 'succeeded', output: pushed } : succeeded;
  });
  const runId = await engine.createRun(
    pipelineOf(
      { id: 'image', kind: 'build' },
      { id: 'push', kind: 'push', image: 'image' },
      { id: 'staging', kind: 'deploy', environment: 'staging' },
      { id: 'smoke' },
      { id: 'production', kind: 'deploy', environment: 'production' },
    ),
  );
  await deploy(engine, runId);
  executed.length = 0;

  const receipt = await promote(engine);

  if (receipt.kind !== 'created') throw new Error(`the promotion is ${receipt.kind}`);
  const run = await engine.ended(receipt.runId);
  expect(run).toMatchObject({
    outcome: 'succeeded',
    trigger: 'promotion',
    revision: '7',
    requested_by: 'ann',
  });
  expect(executed).toEqual([{ id: 'production', outputs: { push: pushed } }]);
  expect(Object.keys(run.steps)).toEqual(['push', 'production']);
});

test('a promotion reads what the steps that it leaves out have left', async () => {
  await using engine = await startEngine();
  const seen: string[] = [];
  engine.startWorker(async (step, context) => {
    if (step.id === 'version') return { outcome: 'succeeded', output: { outputs: { V: '1.4' } } };
    if (step.kind === 'job') seen.push(templateValuesOf(context).outputs?.get('version')?.get('V') ?? '');
    return step.kind === 'push' ? { outcome: 'succeeded', output: pushed } : succeeded;
  });
  const env = { V: '${steps.version.outputs.V}' };
  const runId = await engine.createRun(
    pipelineOf(
      { id: 'version' },
      { id: 'image', kind: 'build' },
      { id: 'push', kind: 'push', image: 'image' },
      { id: 'staging', kind: 'deploy', environment: 'staging' },
      { id: 'migrate', kind: 'job', environment: 'production', source: { step: 'image', commands: [], env } },
      { id: 'production', kind: 'deploy', environment: 'production' },
    ),
  );
  await deploy(engine, runId);

  const receipt = await promote(engine);

  if (receipt.kind !== 'created') throw new Error(`the promotion is ${receipt.kind}`);
  expect(await engine.ended(receipt.runId)).toMatchObject({ outcome: 'succeeded', reason: null });
  expect(seen).toEqual(['1.4', '1.4']);
});

test('a promotion is of the authors and of the merge request of what it promotes, and of whoever asked for that', async () => {
  await using engine = await startEngine();
  engine.startWorker(async () => succeeded);
  const request = { number: 7, source: 'topic', target: 'main' };
  const runId = await engine.createRun(
    pipelineOf(
      { id: 'staging', kind: 'deploy', environment: 'staging' },
      { id: 'production', kind: 'deploy', environment: 'production' },
    ),
    { author: 'carl', requestedBy: 'bob', told: { authors: ['dora'], request } },
  );
  await deploy(engine, runId);

  const receipt = await promote(engine);

  if (receipt.kind !== 'created') throw new Error(`the promotion is ${receipt.kind}`);
  expect((await engine.ended(receipt.runId)).told).toEqual({
    trigger: 'promotion',
    authors: ['dora', 'carl'],
    requesters: ['bob'],
    request,
  });
});

type EngineUnderTest = Awaited<ReturnType<typeof startEngine>>;

async function deploy(engine: EngineUnderTest, runId: string): Promise<void> {
  await engine.deliver(runId);
  await engine.ended(runId);
  await engine.db
    .insertInto('deployment')
    .values({
      ...{ id: randomUUID(), run_id: runId, step_id: 'staging', environment: 'staging', deploy_id: 'd1' },
      ...{ target: 'test/shop/deployment/cart', repository: 'shop', branch: 'trunk', move: 7, revision: '7' },
      ...{ state: 'ended', outcome: 'succeeded', ended_at: new Date(), images: '{}', manifests: '[]' },
    })
    .execute();
}

async function promote(engine: EngineUnderTest): Promise<PromotionReceipt> {
  return requestPromotion(
    {
      db: engine.db,
      allowedIn: () => null,
      digestExists: async () => true,
      deliverRun: (id) => engine.deliver(id),
    },
    { from: 'staging', to: 'production', workloads: [], by: 'ann', why: null, identity: null },
  );
}
