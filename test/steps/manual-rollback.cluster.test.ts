import { expect, test } from 'vitest';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import { type DeploysUnderTest, startDeploys } from './deploy-under-test.ts';
import { cart, deleteImage, manifest, programs, reference } from './deployables.ts';

test('a rollback puts the whole earlier set back by digest, past a newer version, pod by pod before our eyes', async () => {
  await using deploys = await startDeploys();
  const [first, second] = [await deploys.image(programs.serve), await deploys.image(programs.serve)];
  const files = (price: string) => ({ ...cart(), 'deploy/prices.yaml': prices(price) });
  await (await deploys.run({ move: 1 })).deploy({ files: files('10'), pushes: { push: first } });
  const reports: StepProgress[] = [];
  await (await deploys.run({ move: 2 })).deploy({
    files: files('20'),
    pushes: { push: second },
    step: { soakMs: 1_500 },
    reports,
  });

  const back = await rollBackTo(deploys, { move: 1, at: new Date(0) });

  expect(back).toMatchObject({
    outcome: 'succeeded',
    note: 'rolled back to r1 by hook',
    output: { images: [reference(first)] },
  });
  const live = await deploys.workload('cart');
  expect(live.spec.template.spec.containers[0].image).toBe(reference(first));
  expect(live.metadata.annotations['kubernetes.io/change-cause']).toBe(
    'trunkline cart #3: rolled back to r1 by hook',
  );
  expect((await deploys.workload('prices', 'configmap')).data).toEqual({ cart: '10' });
  const rows = await deploys.db.selectFrom('deployment').select('outcome').execute();
  expect(rows).toEqual([{ outcome: 'succeeded' }, { outcome: 'succeeded' }, { outcome: 'succeeded' }]);
  expectProgress(reports);

  await deleteImage(second);
  const gone = await rollBackTo(deploys, { move: 2 });
  expect(gone).toEqual({
    outcome: 'failed',
    reason: `not rolled back to r2: the registry no longer has ${reference(second)}`,
  });
});

test('a rollback of a workload of which only images are deployed leaves all else as it is now', async () => {
  await using deploys = await startDeploys();
  const [first, second] = [await deploys.image(programs.serve), await deploys.image(programs.serve)];
  const workload = { kind: 'deployment', name: 'cart', images: { api: 'image' } };
  const step = { workload, manifests: [] };
  await deploys.apply(manifest({ container: { image: reference(first) } }));
  await (await deploys.run({ move: 1 })).deploy({ pushes: { push: first }, step });
  await (await deploys.run({ move: 2 })).deploy({ pushes: { push: second }, step });
  await deploys.kubectl('annotate', 'deployment', 'cart', 'owner=somebody');

  const back = await rollBackTo(deploys, { move: 1 });

  expect(back).toMatchObject({ outcome: 'succeeded' });
  const live = await deploys.workload('cart');
  expect(live.spec.template.spec.containers[0].image).toBe(reference(first));
  expect(live.metadata.annotations.owner).toBe('somebody');
});

/** As a run of a manual rollback does, made at a time of choice. */
async function rollBackTo(deploys: DeploysUnderTest, { move, at }: { move: number; at?: Date }) {
  const { deploy_id: deployId } = await deploys.deployment(move);
  const run = await deploys.run({ move, ...(at && { createdAt: at }) });
  const restore = { deployId, label: `r${move}` };
  return run.deploy({ step: { manifests: [], workload: null, restore } });
}

function expectProgress(reports: StepProgress[]): void {
  const phases = [...new Set(reports.map(({ phase }) => phase))];
  expect(phases).toEqual(['apply', 'rollout', 'soak']);
  const applied = reports.findLast(({ phase }) => phase === 'apply');
  expect(applied).toMatchObject({ text: '2 of 2 objects applied', done: 2, total: 2, unit: 'steps' });
  const rollout = reports.filter(({ phase }) => phase === 'rollout');
  expect(rollout.find(({ total }) => total !== null)).toMatchObject({ done: 0, total: 1, unit: 'pods' });
  const words = new Set(rollout.flatMap(({ items }) => items.map(({ text }) => text)));
  expect(words).toContain('starting');
  expect(words).toContain('old version, still runs');
  expect(reports.at(-1)).toMatchObject({
    phase: 'soak',
    text: 'healthy',
    done: 2,
    total: 2,
    unit: 'seconds',
  });
  expect(reports.at(-1)?.items).toContainEqual({
    name: expect.stringMatching(/^cart-/),
    state: 'done',
    text: 'ready',
    done: null,
    total: null,
  });
}

function prices(cart: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'prices' },
    data: { cart },
  });
}
