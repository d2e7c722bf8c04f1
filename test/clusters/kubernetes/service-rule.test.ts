import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { hasSelector, isServiceOf, judgeService } from '../../../src/clusters/kubernetes/service-rule.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { pod, ready } from './looks.ts';

const newPod = pod('cart-2', ready);
const version = {
  name: 'deployment/cart',
  template: {
    metadata: { labels: { app: 'cart', tier: 'web' } },
    spec: { containers: [{ name: 'api', ports: [{ name: 'http', containerPort: 8080 }] }] },
  },
  newPods: [newPod],
};
const endpointOf = (uid: string, conditions: JsonObject = { ready: true }) => ({
  ...{ addresses: ['10.0.0.1'], conditions, targetRef: { kind: 'Pod', uid } },
});

test.each([
  ['ready', { ready: true }],
  ['with an unknown state, which counts as ready', {}],
])('a Service with a new pod as an endpoint that is %s is served', (_, conditions) => {
  const endpoints = [endpointOf('cart-1'), endpointOf('cart-2', conditions)];

  expect(judgeService(service(), endpoints, [version])).toEqual({ state: 'served', notes: [] });
});

test.each([
  ['old pods only', [endpointOf('cart-1')]],
  ['no endpoint at all', []],
  ['a new pod that is not ready as an endpoint', [endpointOf('cart-2', { ready: false })]],
])('a Service with %s is not served yet', (_, endpoints) => {
  expect(judgeService(service(), endpoints, [version])).toEqual({
    state: 'waiting',
    text: 'service/cart: no new pod of deployment/cart is a ready endpoint of it',
  });
});

test('a Service that publishes unready addresses is served by a pod that is ready itself', () => {
  const unready = { ...version, newPods: [pod('cart-2', { phase: 'Running' })] };

  expect(judgeService(service(), [endpointOf('cart-2')], [unready]).state).toBe('waiting');
  expect(judgeService(service(), [endpointOf('cart-2')], [version]).state).toBe('served');
});

test('a Service whose selector matches nothing has failed, and the labels of the pods are named', () => {
  const judgement = judgeService(service({ selector: { app: 'carts' } }), [], [version]);

  expect(judgement).toEqual({
    state: 'failed',
    text: 'service/cart selects no pod: its selector app=carts matches nothing',
    hint: 'The pods of deployment/cart have app=cart.',
  });
});

test('a Service whose only port names a container port that is not there has failed', () => {
  const wrong = service({ ports: [{ port: 80, targetPort: 'web' }] });

  expect(judgeService(wrong, [endpointOf('cart-2')], [version])).toMatchObject({
    state: 'failed',
    text: 'service/cart leads nowhere: no container of deployment/cart has a port named "web"',
  });
});

test('one dead port among others is a note', () => {
  const ports = [
    { name: 'http', port: 80, targetPort: 'http' },
    { name: 'metrics', port: 9090, targetPort: 'metrics' },
  ];

  expect(judgeService(service({ ports }), [endpointOf('cart-2')], [version])).toEqual({
    state: 'served',
    notes: ['service/cart: its port "metrics" leads to no container port'],
  });
});

test('a workload of 0 replicas needs no endpoint', () => {
  expect(judgeService(service(), [], [{ ...version, newPods: [] }]).state).toBe('served');
});

test('a Service belongs to a version when each label that it selects by is on the pods', () => {
  expect(isServiceOf(service(), version)).toBe(true);
  expect(isServiceOf(service({ selector: { app: 'cart', tier: 'db' } }), version)).toBe(false);
});

test('a Service without a selector, and one that is another name, are nobody of ours', () => {
  expect(hasSelector(service())).toBe(true);
  expect(hasSelector(service({ selector: {} }))).toBe(false);
  expect(hasSelector(service({ type: 'ExternalName' }))).toBe(false);
});

function service(spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'cart' },
    spec: { selector: { app: 'cart' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
  };
}
