import { expect, test } from 'vitest';
import { lintsOf } from '../../../src/clusters/kubernetes/lints.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const sound = {
  name: 'api',
  image: `registry.example.com/shop/cart@sha256:${'a'.repeat(64)}`,
  readinessProbe: { httpGet: { path: '/', port: 80 } },
  resources: { limits: { memory: '64Mi' } },
};

test('a workload that leaves nothing to be wished for gets no warning', () => {
  expect(lintsOf([deployment({ replicas: 2 }, [sound]), budget({ minAvailable: 1 })])).toEqual([]);
});

test('containers without readiness probe and memory limit are named', () => {
  const { readinessProbe: _, resources: __, ...bare } = sound;

  expect(lintsOf([deployment({}, [bare, { ...bare, name: 'proxy' }])])).toEqual([
    'warning: deployment/cart: containers api and proxy have no readinessProbe: requests come as soon as it runs, whether it can answer or not',
    'warning: deployment/cart: containers api and proxy have no memory limit: what it takes too much, other pods of its node lack',
  ]);
});

test.each(['redis', 'redis:latest', 'registry.example.com:5000/redis'])('%s is a moving image', (image) => {
  expect(lintsOf([deployment({}, [{ ...sound, image }])])).toEqual([
    `warning: deployment/cart: container api uses ${image}, which means another image tomorrow: name a version or a digest`,
  ]);
});

test('a version is none', () => {
  expect(lintsOf([deployment({}, [{ ...sound, image: 'redis:8.2' }])])).toEqual([]);
});

test.each([
  [{ minAvailable: 1 }, {}],
  [{ minAvailable: 2 }, { replicas: 2 }],
  [{ minAvailable: '100%' }, { replicas: 3 }],
  [{ maxUnavailable: 0 }, { replicas: 3 }],
])('a budget of %o for %o lets no pod go', (spec, workload) => {
  const [lint, ...more] = lintsOf([deployment(workload, [sound]), budget(spec)]);

  expect(lint).toMatch(
    /^warning: deployment\/cart: poddisruptionbudget\/cart does not let .* go: its node can never be drained$/,
  );
  expect(more).toEqual([]);
});

test('a budget of other pods is none of its business', () => {
  const other = budget({ minAvailable: 1, selector: { matchLabels: { app: 'web' } } });

  expect(lintsOf([deployment({}, [sound]), other])).toEqual([]);
});

function deployment(spec: JsonObject, containers: JsonObject[]): KubeObject {
  const template = { metadata: { labels: { app: 'cart' } }, spec: { containers } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { ...spec, template },
  };
}

function budget(spec: JsonObject): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'cart' },
    spec: { selector: { matchLabels: { app: 'cart' } }, ...spec },
  };
}
