import { expect, test } from 'vitest';
import { isRefusal } from '../../src/clusters/cluster.ts';
import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import { budgetsSchema, resolveBudgets } from '../../src/config/budgets-schema.ts';
import { manifest, programs, pushImage, reference } from '../steps/deployables.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { startRegistry } from '../support/registry.ts';

test('with `configuration: immediately`, a rollout does not wait for a ConfigMap that is not there', async () => {
  await using opened = new AsyncDisposableStack();
  const kube = await kubernetes();
  const namespace = opened.use(await kube.makeNamespace());
  const registry = opened.use(await startRegistry());
  const budgets = resolveBudgets(budgetsSchema.parse({ configuration: 'immediately' })) ?? {};
  const settings = { kubeconfig: kube.kubeconfig, context: null, namespace: namespace.name };
  const cluster = createKubernetesCluster({ ...settings, budgets });
  opened.defer(() => cluster.close());
  const pushed = await pushImage(registry, { script: programs.serve, name: 'shop/cart' });
  const text = manifest({ container: { envFrom: [{ configMapRef: { name: 'cart-settings' } }] } });
  const signal = AbortSignal.timeout(200_000);
  const hooks = { onProgress: () => undefined, onReport: () => undefined, confirm: async () => undefined };
  const plan = await cluster.plan(
    {
      ...{ deployId: 'd1', pipeline: 'cart', requireDigests: false, changeCause: 'test' },
      source: { kind: 'manifests', files: [{ path: 'cart.yaml', text }] },
      images: [{ step: 'image', name: 'shop/cart', reference: reference(pushed) }],
    },
    signal,
  );
  if (isRefusal(plan)) throw new Error(plan.refusal);
  expect(plan.notes).toContainEqual(
    expect.stringMatching(/configmap\/cart-settings.*\[missing-reference\]$/),
  );
  const applied = await plan.apply(hooks, signal);
  if (isRefusal(applied)) throw new Error(applied.refusal);

  // Without that key it would wait for 30 s, from the moment at which the node says so.
  const verdict = await cluster.watch(applied, { ...hooks, soakMs: 0 }, AbortSignal.timeout(28_000));

  expect(verdict).toMatchObject({
    outcome: 'failed',
    diagnosis: { causes: [{ class: 'configuration-missing' }] },
  });
});
