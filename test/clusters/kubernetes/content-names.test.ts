import { expect, test } from 'vitest';
import { contentBaseOf, withContentNames } from '../../../src/clusters/kubernetes/content-names.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';

test('configuration that asks for it is named by its content, and by nothing else', () => {
  const name = (data: object, more: object = {}) =>
    withContentNames([config('ConfigMap', { data, ...more })])[0]?.metadata.name;

  expect(name({ a: '1', b: '2' })).toMatch(/^cart-[0-9a-f]{10}$/);
  expect(name({ b: '2', a: '1' })).toBe(name({ a: '1', b: '2' }));
  expect(name({ a: '1' })).not.toBe(name({ a: '2' }));
  expect(name({}, { binaryData: { a: '1' } })).not.toBe(name({ a: '1' }));
  expect(withContentNames([config('ConfigMap', {}, {})])).toEqual([config('ConfigMap', {}, {})]);
});

test('whatever a pod reads it by has the new name, and so has the certificate of an Ingress', () => {
  const reads = {
    volumes: [
      { name: 'a', configMap: { name: 'cart' } },
      { name: 'b', secret: { secretName: 'cart' } },
      { name: 'c', projected: { sources: [{ configMap: { name: 'cart' } }, { secret: { name: 'cart' } }] } },
      { name: 'd', configMap: { name: 'others' } },
    ],
    imagePullSecrets: [{ name: 'cart' }],
    initContainers: [
      { name: 'i', envFrom: [{ configMapRef: { name: 'cart' } }, { secretRef: { name: 'cart' } }] },
    ],
    containers: [
      {
        name: 'api',
        env: [
          { name: 'X', valueFrom: { configMapKeyRef: { name: 'cart', key: 'a' } } },
          { name: 'Y', valueFrom: { secretKeyRef: { name: 'cart', key: 'a' } } },
          { name: 'cart', value: 'cart' },
        ],
      },
    ],
  };
  const objects = [
    config('ConfigMap', { data: { a: '1' } }),
    config('Secret', { stringData: { a: '1' } }),
    object('apps/v1', 'Deployment', { template: { spec: reads } }),
    object('batch/v1beta1', 'CronJob', { jobTemplate: { spec: { template: { spec: reads } } } }),
    object('networking.k8s.io/v1', 'Ingress', { tls: [{ secretName: 'cart' }] }),
  ];

  const [map, secret, ...readers] = withContentNames(objects);

  const mapName = map?.metadata.name ?? '';
  const secretName = secret?.metadata.name ?? '';
  const text = JSON.stringify(readers);
  expect(mapName).not.toBe(secretName);
  expect(map && contentBaseOf(map)).toBe('cart');
  expect(text.split(`"${mapName}"`)).toHaveLength(1 + 2 * 4);
  expect(text.split(`"${secretName}"`)).toHaveLength(1 + 2 * 5 + 1);
  expect(text).toContain('{"name":"others"}');
  expect(text).toContain('{"name":"cart","value":"cart"}');
  expect(objects[2]).toEqual(object('apps/v1', 'Deployment', { template: { spec: reads } }));
});

function config(
  kind: string,
  content: object,
  annotations: object = { 'trunkline/content-name': 'true' },
): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'cart', annotations }, ...content } as KubeObject;
}

function object(apiVersion: string, kind: string, spec: object): KubeObject {
  return { apiVersion, kind, metadata: { name: 'cart' }, spec } as KubeObject;
}
