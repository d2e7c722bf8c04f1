import { expect, test } from 'vitest';
import { renderCanary } from '../../../src/clusters/kubernetes/canary/render-canary.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { canaryCount } from '../../../src/domain/rollout-strategy.ts';

const cart: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart' },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'cart' } },
    template: {
      metadata: { labels: { app: 'cart', tier: 'web' } },
      spec: {
        containers: [
          {
            name: 'api',
            envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'elsewhere' } }],
          },
        ],
        volumes: [
          { name: 'a', secret: { secretName: 'keys' } },
          {
            name: 'b',
            projected: { sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'keys' } }] },
          },
        ],
      },
    },
  },
};
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'b' } };
const keys = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: 'x' } };
const service = (selector: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'cart' },
  spec: { selector },
});
const wish = { share: { percent: 25 }, podId: 'd1-canary' };
const place = { wish, stable: cart, services: [service({ app: 'cart' })] };

test('a canary has a name, a selector and a configuration of its own, and the labels that Services select', () => {
  const rendered = renderCanary([settings, keys, cart], place);

  expect(rendered).toMatchObject([
    { kind: 'ConfigMap', metadata: { name: 'settings-canary' }, data: { a: 'b' } },
    { kind: 'Secret', metadata: { name: 'keys-canary' } },
    {
      metadata: { name: 'cart-canary' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'cart', 'trunkline/track': 'canary' } },
        template: {
          metadata: {
            labels: { app: 'cart', tier: 'web', 'trunkline/track': 'canary' },
            annotations: { 'trunkline/deploy-id': 'd1-canary' },
          },
          spec: {
            containers: [
              {
                envFrom: [
                  { configMapRef: { name: 'settings-canary' } },
                  { secretRef: { name: 'elsewhere' } },
                ],
              },
            ],
            volumes: [
              { secret: { secretName: 'keys-canary' } },
              {
                projected: {
                  sources: [{ configMap: { name: 'settings-canary' } }, { secret: { name: 'keys-canary' } }],
                },
              },
            ],
          },
        },
      },
    },
  ]);
});

test.for([
  [
    'no Service selects its pods',
    [cart],
    { ...place, services: [service({ app: 'web' })] },
    /would get no request: .*\(app=cart,tier=web\)$/,
  ],
  ['there is no stable one', [cart], { ...place, stable: null }, /^deployment\/cart does not exist/],
  [
    'a set holds another kind',
    [{ ...cart, kind: 'StatefulSet' }],
    place,
    /for one Deployment, and the manifests hold statefulset\/cart/,
  ],
  [
    'a set holds two',
    [cart, { ...cart, metadata: { name: 'web' } }],
    place,
    /hold deployment\/cart, deployment\/web/,
  ],
] as const)('it is refused where %s', ([, objects, where, refusal]) => {
  expect(renderCanary(objects, where)).toEqual({ refusal: expect.stringMatching(refusal) });
});

test('its share is one of all pods, in whole pods and at least one', () => {
  expect(canaryCount({ percent: 25 }, 3)).toBe(1);
  expect(canaryCount({ percent: 50 }, 3)).toBe(3);
  expect(canaryCount({ percent: 41 }, 10)).toBe(7);
  expect(canaryCount({ percent: 1 }, 2)).toBe(1);
  expect(canaryCount({ replicas: 5 }, 2)).toBe(5);
});
