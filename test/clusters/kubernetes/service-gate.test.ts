import { expect, test } from 'vitest';
import { createEvidenceReader } from '../../../src/clusters/kubernetes/evidence.ts';
import { passServices, unservedOf } from '../../../src/clusters/kubernetes/service-gate.ts';
import { answerJson, startApiServer } from './api-server.ts';
import { pod, ready } from './looks.ts';

const service = {
  metadata: { name: 'cart' },
  spec: { selector: { app: 'cart' }, ports: [{ port: 80 }] },
};
const never = new AbortController().signal;
const unserved = 'service/cart: no new pod of deployment/cart is a ready endpoint of it';

test('what is not served yet is waited for, and told as the cause when the time is up', async () => {
  await using server = await startCluster({ endpointOf: 'cart-1' });
  const { deps, arrived } = server;

  const waiting = await passServices(deps, { ...arrived, verdict }, never);
  const isStuck = await passServices(deps, { ...arrived, isIdle: true, verdict }, never);
  const atTheEnd = await unservedOf(deps, arrived, never);

  expect(waiting).toEqual({ waitsFor: unserved });
  expect(isStuck).toMatchObject({
    outcome: 'timed-out',
    diagnosis: { headline: unserved, causes: [{ class: 'not-served' }] },
  });
  expect(atTheEnd).toMatchObject({ name: 'deployment/cart', text: unserved });
});

test('an older server, which knows only the first version of endpoint slices, is asked for those', async () => {
  await using server = await startCluster({ endpointOf: 'cart-2', isOld: true });

  expect(await passServices(server.deps, { ...server.arrived, verdict }, never)).toEqual({
    ...verdict,
    notes: [
      expect.stringMatching(/^service\/cart is reached as cart\.[a-z-]+\.svc, port /),
      'no name was asked for: nobody knows them here',
    ],
  });
  expect(server.requests.some((request) => request.includes('/discovery.k8s.io/v1beta1/'))).toBe(true);
});

test('where we may not look, it is said, and not held against the rollout', async () => {
  await using server = await startCluster({ endpointOf: 'cart-1', isForbidden: true });

  expect(await passServices(server.deps, { ...server.arrived, verdict }, never)).toEqual({
    ...verdict,
    notes: ['its Services were not looked at: you may not list services'],
  });
});

test('a restored workload stands as it stood: its Services are not asked', async () => {
  await using server = await startCluster({ endpointOf: 'cart-1' });
  const rollout = { ...server.arrived.rollout, replaces: 'd1' };

  expect(await passServices(server.deps, { ...server.arrived, rollout, verdict }, never)).toEqual(verdict);
  expect(server.requests).toEqual([]);
});

const names = { find: async () => ({ why: 'nobody knows them here' }) };
const verdict = { outcome: 'succeeded' as const, images: ['cart'], notes: [] };

/** A cluster whose one Service has one ready endpoint, on the pod of this name; the new pod is `cart-2`. */
async function startCluster({
  endpointOf,
  isOld = false,
  isForbidden = false,
}: {
  endpointOf: string;
  isOld?: boolean;
  isForbidden?: boolean;
}) {
  const server = await startApiServer(({ url = '' }, answer) => {
    if (isForbidden) return answerJson(answer, 403, { message: 'you may not list services' });
    if (isOld && url.includes('/discovery.k8s.io/v1/')) return answerJson(answer, 404, {});
    const endpoint = { conditions: { ready: true }, targetRef: { uid: endpointOf } };
    const items = url.includes('endpointslices') ? [{ endpoints: [endpoint] }] : [service];
    return answerJson(answer, 200, { items: url.includes('/events') ? [] : items });
  });
  const { api } = server;
  const template = { metadata: { labels: { app: 'cart' } }, spec: { containers: [] } };
  const version = { name: 'deployment/cart', uid: 'u1', template, newPods: [pod('cart-2', ready)] };
  const rollout = { appliedAt: '2026-11-28T00:00:00Z', workloads: [], objects: [], replaces: null };
  return {
    requests: server.requests,
    deps: { api, namespace: 'shop', evidence: createEvidenceReader(api, 'shop'), names },
    arrived: { rollout, versions: [version], isIdle: false },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
