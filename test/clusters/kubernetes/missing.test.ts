import { expect, test } from 'vitest';
import { missingConfiguration, missingQuota } from '../../../src/clusters/kubernetes/missing.ts';
import { quantityOf } from '../../../src/clusters/kubernetes/quantity.ts';

const pod = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
  spec: {
    volumes: [
      { name: 'conf', configMap: { name: 'settings' } },
      {
        name: 'all',
        projected: {
          sources: [
            { configMap: { name: 'settings', items: [{ key: 'a', path: 'a' }] } },
            { configMap: { name: 'texts', items: [{ key: 'b', path: 'b' }] } },
            { secret: { name: 'keys', items: [{ key: 'b', path: 'c' }] } },
          ],
        },
      },
    ],
  },
};

test.for([
  ['configmap "settings" not found', { kind: 'configmaps', name: 'settings', key: null }],
  [
    'MountVolume.SetUp failed for volume "keys" : secret "cart-keys" not found',
    { kind: 'secrets', name: 'cart-keys', key: null },
  ],
  ["couldn't find key a.b in Secret shop/account", { kind: 'secrets', name: 'account', key: 'a.b' }],
  [
    'MountVolume.SetUp failed for volume "conf" : configmap references non-existent config key: x.yaml',
    { kind: 'configmaps', name: 'settings', key: 'x.yaml' },
  ],
  [
    'MountVolume.SetUp failed for volume "all" : configmap references non-existent config key: b',
    { kind: 'configmaps', name: 'texts', key: 'b' },
  ],
  [
    'MountVolume.SetUp failed for volume "all" : references non-existent secret key: b',
    { kind: 'secrets', name: 'keys', key: 'b' },
  ],
  ['the kubelet is busy', undefined],
] as const)('the message %j says what is missing', ([text, missing]) => {
  expect(missingConfiguration(text, pod)).toEqual(missing);
});

test('a quota is named with what was asked of it', () => {
  const text =
    'pods "cart-1" is forbidden: exceeded quota: few, requested: pods=1,requests.cpu=500m, used: pods=2,requests.cpu=1, limited: pods=2,requests.cpu=1';

  expect(missingQuota(text)).toEqual({
    kind: 'resourcequotas',
    name: 'few',
    requested: { pods: '1', 'requests.cpu': '500m' },
  });
  expect(missingQuota('failed quota: few: must specify requests.cpu')).toBeUndefined();
});

test.for([
  ['500m', 0.5],
  ['2', 2],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1e3', 1000],
  ['3k', 3000],
  ['2E', 2e18],
  ['much', Number.NaN],
] as const)('the quantity %s is a number', ([text, value]) => {
  expect(quantityOf(text)).toBe(value);
});
