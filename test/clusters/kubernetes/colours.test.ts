import { expect, test } from 'vitest';
import {
  coloured,
  colourOf,
  marked,
  ownOf,
  switchedIn,
} from '../../../src/clusters/kubernetes/blue-green/colours.ts';
import { type KubeObject, nameOf } from '../../../src/clusters/kubernetes/objects.ts';

const object = (kind: string, name: string, spec: KubeObject['spec'] = {}): KubeObject => ({
  apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  metadata: { name },
  spec,
});
const cart = object('Deployment', 'cart', {
  selector: { matchLabels: { app: 'cart' } },
  template: {
    metadata: { labels: { app: 'cart' } },
    spec: { containers: [{ name: 'api', envFrom: [{ configMapRef: { name: 'settings' } }] }] },
  },
});
const service = object('Service', 'cart', { selector: { app: 'cart' } });
const other = object('Service', 'web', { selector: { app: 'web' } });
const scaler = object('HorizontalPodAutoscaler', 'cart', {
  scaleTargetRef: { kind: 'Deployment', name: 'cart' },
});
const set = [object('ConfigMap', 'settings'), object('ConfigMap', 'unread'), service, other, scaler, cart];

test('a set in a colour has its Deployment, what that reads, its Services and its autoscaler in it', () => {
  const applied = coloured(marked(set, 'green'));

  expect(applied.map(nameOf)).toEqual([
    'configmap/settings-green',
    'configmap/settings',
    'configmap/unread',
    'service/cart',
    'service/web',
    'horizontalpodautoscaler/cart',
    'deployment/cart-green',
  ]);
  expect(ownOf(applied).map(nameOf)).toEqual(['configmap/settings-green', 'deployment/cart-green']);
  expect(applied.map(({ spec }) => spec)).toMatchObject([
    {},
    {},
    {},
    { selector: { app: 'cart', 'trunkline/colour': 'green' } },
    { selector: { app: 'web' } },
    { scaleTargetRef: { name: 'cart-green' } },
    {
      selector: { matchLabels: { app: 'cart', 'trunkline/colour': 'green' } },
      template: {
        metadata: { labels: { app: 'cart', 'trunkline/colour': 'green' } },
        spec: { containers: [{ envFrom: [{ configMapRef: { name: 'settings-green' } }] }] },
      },
    },
  ]);
  expect(colourOf(applied[3] ?? null)).toBe('green');
});

test('a set without a mark is applied as it is', () => {
  expect(coloured(set)).toEqual(set);
});

test('what cannot be switched is refused, with what to do', () => {
  expect(switchedIn([other, cart])).toEqual({
    refusal: expect.stringMatching(/none among the manifests selects the pods of deployment\/cart: add it/),
  });
  expect(switchedIn([service, cart, object('Deployment', 'web')])).toEqual({
    refusal: expect.stringMatching(
      /for one Deployment, and the manifests hold deployment\/cart, deployment\/web/,
    ),
  });
});
