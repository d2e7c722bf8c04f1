import { expect, test } from 'vitest';
import { readManifests } from '../../../src/clusters/kubernetes/manifests.ts';

const read = (text: string) => readManifests([{ path: 'deploy/cart.yaml', text }]);

test('several documents, empty ones and lists become single objects in their order', () => {
  const objects = read(`
apiVersion: v1
kind: ConfigMap
metadata: { name: a }
---
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: b } }
  - { apiVersion: v1, kind: Service, metadata: { name: b } }
`);

  expect(objects).toMatchObject([
    { kind: 'ConfigMap', metadata: { name: 'a' } },
    { kind: 'ConfigMap', metadata: { name: 'b' } },
    { kind: 'Service', metadata: { name: 'b' } },
  ]);
});

test('values mean what they mean to kubectl', () => {
  const objects = read(`
apiVersion: v1
kind: ConfigMap
metadata: { name: a }
data: { mode: 0644, on: yes, time: 12:30, day: 2026-01-02, text: "0644", unknown: { field: [1.5] } }
`);

  expect(objects).toMatchObject([
    {
      data: {
        mode: 420,
        true: true,
        time: '12:30',
        day: '2026-01-02',
        text: '0644',
        unknown: { field: [1.5] },
      },
    },
  ]);
});

test.for([
  ['a: [', /^deploy\/cart\.yaml: .* at line 1, column 5/s],
  ['a: 1\na: 2', /^deploy\/cart\.yaml: Map keys must be unique/],
  ['kind: Service', /a document lacks apiVersion, kind or metadata\.name/],
  [
    'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: a }',
    /^service\/a is in the manifests twice$/,
  ],
] as const)('%j is refused with its place', ([text, message]) => {
  expect(read(text)).toMatchObject({ refusal: expect.stringMatching(message) });
});
