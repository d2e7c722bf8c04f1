import { createKubernetesCluster } from '../../../src/clusters/kubernetes/kubernetes-cluster.ts';
import { manifest, pushImage, reference } from '../../steps/deployables.ts';
import { kubernetes } from '../../support/kubernetes.ts';
import { startRegistry } from '../../support/registry.ts';
import { describeContract } from './cluster-contract.ts';

describeContract('Kubernetes', async () => {
  await using opened = new AsyncDisposableStack();
  const kube = await kubernetes();
  const namespace = opened.use(await kube.makeNamespace());
  const registry = opened.use(await startRegistry());
  const cluster = createKubernetesCluster({
    kubeconfig: kube.kubeconfig,
    context: null,
    namespace: namespace.name,
    budgets: { neverReadyMs: 3_000, probeFactor: 1 },
  });
  opened.defer(() => cluster.close());
  const kubectl = (...args: string[]) => kube.kubectl('-n', namespace.name, ...args);
  const owned = opened.move();
  return {
    cluster,
    id: () => kubectl('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'),
    unit: 'pods',
    registry: registry.host,
    async image(script) {
      const pushed = await pushImage(registry, { script, name: 'shop/cart' });
      return { step: 'image', name: 'shop/cart', reference: reference(pushed) };
    },
    manifest: ({ pipeline, image = 'shop/cart', neverHealthy = false }) =>
      manifest({
        name: pipeline,
        container: {
          image,
          ...(neverHealthy && {
            readinessProbe: { exec: { command: ['/bin/false'] }, periodSeconds: 1, failureThreshold: 1 },
          }),
        },
      }),
    async state(pipeline) {
      const { spec, metadata } = JSON.parse(await kubectl('get', 'deployment', pipeline, '-o', 'json'));
      return { image: spec.template.spec.containers[0].image, version: String(metadata.generation) };
    },
    async setImage(pipeline, image) {
      await kubectl('set', 'image', `deployment/${pipeline}`, `api=${image}`);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
});
