import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { plannedChange } from '../../../src/clusters/kubernetes/planned-changes.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { changeLines } from '../../../src/domain/planned-change.ts';

const object = (kind: string, content: JsonObject, metadata: JsonObject = {}): KubeObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name: 'cart', uid: 'u', resourceVersion: '7', ...metadata } },
  ...content,
});
const pods = (containers: JsonObject[], more: JsonObject = {}) => ({
  spec: { replicas: 2, template: { spec: { containers, ...more } } },
});
const linesOf = (live: KubeObject | null, result: KubeObject) => changeLines([plannedChange(live, result)]);

test('fields are told by their path, items of lists by their names, and nothing that the server keeps for itself', () => {
  const live = object(
    'Deployment',
    {
      ...pods([
        { name: 'api', image: 'shop/cart:1', env: [{ name: 'A', value: '1' }] },
        { name: 'proxy', image: 'p:1' },
      ]),
      status: { replicas: 2 },
    },
    { generation: 3, annotations: { 'trunkline/deploy-id': 'd1' } },
  );
  const result = object(
    'Deployment',
    pods([
      { name: 'api', image: 'shop/cart:2', env: [{ name: 'B', value: '2' }] },
      { name: 'proxy', image: 'p:1' },
    ]),
    { generation: 4, annotations: { 'trunkline/deploy-id': 'd2', 'example.com/owner': 'ann' } },
  );

  expect(linesOf(live, result)).toEqual([
    'what changes:',
    '  deployment/cart: metadata.annotations[example.com/owner]: ann is added',
    '  deployment/cart: spec.template.spec.containers[api].image: shop/cart:1 -> shop/cart:2',
    '  deployment/cart: spec.template.spec.containers[api].env[A]: {"name":"A","value":"1"} is taken out',
    '  deployment/cart: spec.template.spec.containers[api].env[B]: {"name":"B","value":"2"} is added',
  ]);
});

test('a list without names counts as a whole', () => {
  const [live, result] = [['a', 'b'], ['a']].map((command) =>
    object('Deployment', pods([{ name: 'api', command }])),
  );

  expect(linesOf(live as KubeObject, result as KubeObject)).toEqual([
    'what changes:',
    '  deployment/cart: spec.template.spec.containers[api].command: ["a","b"] -> ["a"]',
  ]);
});

test('values of Secrets are never told', () => {
  const lines = linesOf(
    object('Secret', { data: { password: 'b2xk' } }),
    object('Secret', { data: { password: 'bmV3' } }),
  );

  expect(lines).toEqual(['what changes:', '  secret/cart: data.password: a value -> a value']);
});

test('what is not there yet is new, and what is as it is wanted is not told', () => {
  const same = object('Service', { spec: { ports: [{ port: 80 }] } });

  expect(linesOf(null, same)).toEqual(['what changes:', '  service/cart is new']);
  expect(linesOf(same, structuredClone(same))).toEqual(['nothing changes: all is there as it is wanted']);
});

test('of very many fields some are told, and how many more there are', () => {
  const data = (value: string) =>
    Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`k${index}`, value]));
  const lines = linesOf(object('ConfigMap', { data: data('a') }), object('ConfigMap', { data: data('b') }));

  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe('  configmap/cart: and 5 fields more');
});
