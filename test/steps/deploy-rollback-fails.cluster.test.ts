import { expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { manifest, programs } from './deployables.ts';

test('a rollback that fails too is not tried again, and the reason has both causes', async () => {
  await using deploys = await startDeploys({ budgets: { configurationMs: 1_000 } });
  const good = await deploys.image(programs.serve);
  const bad = await deploys.image(programs.crash);
  // Of the earlier version no pod is left once the new one is there.
  const spec = { strategy: { type: 'Recreate' } };
  const container = { envFrom: [{ configMapRef: { name: 'settings' } }] };
  await deploys.kubectl('create', 'configmap', 'settings', '--from-literal=a=b');
  const first = await deploys.run({ move: 1 });
  await first.deploy({
    files: { 'deploy/cart.yaml': manifest({ spec, container }) },
    pushes: { push: good },
  });
  await first.end();
  await deploys.kubectl('delete', 'configmap', 'settings');

  const second = await deploys.run({ move: 2 });
  const result = await second.deploy({
    files: { 'deploy/cart.yaml': manifest({ spec }) },
    pushes: { push: bad },
  });

  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /exits 1 .*; the rollback to r1 failed too: .*configmap "settings" not found/,
    ),
  });
  const { evidence, rollback } = await deploys.deployment(2);
  expect(evidence).toMatchObject({ causes: [{ class: 'crash' }] });
  expect(rollback).toMatchObject({
    state: 'failed',
    diagnosis: { causes: [{ class: 'configuration-missing' }] },
  });
  expect((await deploys.workload('cart')).metadata.generation).toBe(3);
});
