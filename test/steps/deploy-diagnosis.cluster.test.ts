import { expect, test } from 'vitest';
import { makeQuota } from '../clusters/kubernetes/make-quota.ts';
import { startDeploys } from './deploy-under-test.ts';
import { cart, manifest, programs } from './deployables.ts';

// Each cause that the cluster can show has its test beside the tracker: see test/clusters/kubernetes/catalogue.

test('a rollout that cannot succeed ends with its cause in one line, and the evidence is stored', async () => {
  await using deploys = await startDeploys({ budgets: { configurationMs: 3_000 } });
  const image = await deploys.image(programs.serve);
  const container = { envFrom: [{ configMapRef: { name: 'cart-settings' } }] };
  const files = { 'deploy/cart.yaml': manifest({ container }) };

  const result = await (await deploys.run({ move: 1 })).deploy({ files, pushes: { push: image } });

  const reason = expect.stringContaining('configmap "cart-settings" not found');
  expect(result).toMatchObject({ outcome: 'failed', reason });
  const { evidence } = await deploys.deployment(1);
  expect(evidence).toMatchObject({
    causes: [{ class: 'configuration-missing' }],
    changes: ['deployment/cart is new'],
  });
});

test('a quota is named although no pod exists', async () => {
  await using deploys = await startDeploys({ budgets: { quotaMs: 2_000 } });
  const image = await deploys.image(programs.serve);
  await makeQuota(deploys, 'few', 'pods=0');

  const result = await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: image } });

  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('exceeded quota: few'),
  });
});
