import { expect, test } from 'vitest';
import { fieldDrifts } from '../../../src/clusters/kubernetes/drift/field-drift.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { driftLines } from '../../../src/domain/drift.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const owned = {
  'f:spec': {
    'f:replicas': {},
    'f:template': {
      'f:containers': { 'k:{"name":"api"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:args': {} } },
    },
  },
};

const container = { name: 'api', image: 'a', args: ['x'] };
const [noon, one] = ['2026-11-28T12:00:00Z', '2026-11-28T13:00:00Z'];

/** An object with `spec`, whose fields others changed at one o'clock. */
function object(spec: JsonObject, others: JsonObject[] = [], kind = 'Deployment'): KubeObject {
  const ours = { manager: 'trunkline', operation: 'Apply', time: noon, fieldsV1: owned };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'cart', managedFields: [ours, ...others.map((entry) => ({ time: one, ...entry }))] },
    spec,
  };
}

function drifts(live: KubeObject, isScaled = false) {
  const rehearsed = object({ replicas: 2, template: { containers: [container] } });
  return fieldDrifts({ live, rehearsed, fieldManager: 'trunkline', isScaled });
}

test('a field that somebody took over is told with both values, its manager and the time', () => {
  const fieldsV1 = {
    'f:spec': { 'f:template': { 'f:containers': { 'k:{"name":"api"}': { 'f:image': {} } } } },
  };
  const live = object({ replicas: 2, template: { containers: [{ ...container, image: 'b' }] } }, [
    { manager: 'kubectl-edit', operation: 'Update', fieldsV1 },
  ]);

  const found = drifts(live);

  expect(found).toEqual([
    {
      path: 'spec.template.containers[api].image',
      applied: 'a',
      live: 'b',
      manager: 'kubectl-edit',
      at: one,
    },
  ]);
  const told = driftLines([
    { object: 'deployment/cart', state: 'changed', fields: found, note: null, deployId: null },
  ]);
  expect(told).toEqual([
    `deployment/cart: spec.template.containers[api].image: a -> b by kubectl-edit at ${one}`,
  ]);
});

test('a container that was removed is one difference, and whoever wrote since is named', () => {
  const live = object({ replicas: 2, template: { containers: [] } }, [
    { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:paused': {} } } },
  ]);

  expect(drifts(live)).toMatchObject([
    { path: 'spec.template.containers[api]', live: null, manager: 'kubectl-edit' },
  ]);
});

test.for([
  ['a default of the server', {}, []],
  ['what a controller writes', { paused: true }, [controller({ 'f:spec': { 'f:paused': {} } })]],
  ['the status', { paused: true }, [byHand({ 'f:status': { 'f:replicas': {} } })]],
  [
    'what was there before the last deployment',
    { paused: true },
    [{ ...byHand({ 'f:spec': { 'f:paused': {} } }), time: '2026-11-28T11:59:59Z' }],
  ],
] as const)('%s is none', ([, more, others]) => {
  const live = object({ replicas: 2, strategy: 'default', ...more, template: { containers: [container] } }, [
    ...others,
  ]);

  expect(drifts(live)).toEqual([]);
});

test('replicas belong to an autoscaler or its controller, and to people otherwise', () => {
  const scaled = (entry: JsonObject) =>
    object({ replicas: 5, template: { containers: [container] } }, [
      { operation: 'Update', fieldsV1: { 'f:spec': { 'f:replicas': {} } }, ...entry },
    ]);

  expect(drifts(scaled({ manager: 'kube-controller-manager' }))).toEqual([]);
  expect(drifts(scaled({ manager: 'scaler', subresource: 'scale' }))).toEqual([]);
  expect(drifts(scaled({ manager: 'kubectl' }), true)).toEqual([]);
  expect(drifts(scaled({ manager: 'kubectl', subresource: 'scale' }))).toMatchObject([
    { path: 'spec.replicas', applied: '2', live: '5', manager: 'kubectl' },
  ]);
});

test('of a Secret no value is told', () => {
  const live = object(
    { replicas: 2, template: { containers: [container] }, key: 'hunter2' },
    [byHand({ 'f:spec': { 'f:key': {} } })],
    'Secret',
  );

  expect(drifts(live)).toMatchObject([{ path: 'spec.key', applied: null, live: 'a value' }]);
});

function byHand(fieldsV1: JsonObject): JsonObject {
  return { manager: 'kubectl-edit', operation: 'Update', fieldsV1 };
}

function controller(fieldsV1: JsonObject): JsonObject {
  return { manager: 'kube-controller-manager', operation: 'Update', fieldsV1 };
}
