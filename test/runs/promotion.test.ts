import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { requestPromotion } from '../../src/runs/request-promotion.ts';
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
  executed.length = 0;

  const receipt = await requestPromotion(
    {
      db: engine.db,
      allowedIn: () => null,
      digestExists: async () => true,
      deliverRun: (id) => engine.deliver(id),
    },
    { from: 'staging', to: 'production', workload: null, by: 'ann', why: null },
  );

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
