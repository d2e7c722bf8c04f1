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
  ['a: [', /^deploy\/cart\.yaml: [^\n]* at line 1, column 5$/],
  ['a: 1\na: 2', /^deploy\/cart\.yaml: Map keys must be unique/],
  [
    'kind: Service',
    /^deploy\/cart\.yaml, line 1: the document lacks apiVersion, metadata\.name \(Service\)$/,
  ],
  ['# only\n---\n\napiVersion: v1\nmetadata: { name: a }', /, line 4: the document lacks kind \(a\)$/],
  ['{ apiVersion: v1, kind: Service, metadata: { name: 12 } }', /12 is a number, put it in quotes$/],
  ['hello world', /, line 1: the document is "hello world", not an object$/],
  ['- { apiVersion: v1 }', /, line 1: the document is a list, not an object/],
  [
    '{ apiVersion: v1, kind: List, items: [{ apiVersion: v1 }] }',
    /item 1 of the List lacks kind, metadata\.name/,
  ],
  [
    'a: {{ .Values.image }}',
    /, line 1: \{\{ \.Values\.image \}\} is a template, and manifests are applied as they are/,
  ],
  ['{{- if .Values.on }}\na: b', /at line 1, column 3; \{\{- if \.Values\.on \}\} is a template/],
  [
    'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: a }',
    /^service\/a is in the manifests twice: both in deploy\/cart\.yaml$/,
  ],
  [
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: &all { more: *all }',
    /, line 1: an anchor \(&\) holds itself: take that alias \(\*\) out$/,
  ],
] as const)('%j is refused with its place', ([text, message]) => {
  expect(read(text)).toMatchObject({ refusal: expect.stringMatching(message) });
});

test('a mark of a template within a text is left alone: it may be meant', () => {
  const text =
    "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a: 'up {{ .instance }}' } }";

  expect(read(text)).toMatchObject([{ data: { a: 'up {{ .instance }}' } }]);
});
