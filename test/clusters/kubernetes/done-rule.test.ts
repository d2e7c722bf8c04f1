import { expect, test } from 'vitest';
import { progressOf } from '../../../src/clusters/kubernetes/done-rule.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

function workload(kind: string, spec: JsonObject, status: JsonObject): KubeObject {
  const metadata = { name: 'cart', generation: 1 };
  return { apiVersion: 'apps/v1', kind, metadata, spec, status: { observedGeneration: 1, ...status } };
}

function pod(name: string, revision: string, node = 'n1'): KubeObject {
  const metadata = { name, labels: { 'controller-revision-hash': revision } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: node } };
}

const context = { generation: 1, pods: [], newPods: [], troubledNodes: [] };
const updated = { readyReplicas: 3, updatedReplicas: 3, currentRevision: 'b', updateRevision: 'b' };

test('a StatefulSet is done when every pod carries the new revision', () => {
  const pods = [pod('cart-0', 'b'), pod('cart-1', 'b'), pod('cart-2', 'a')];
  const set = workload('StatefulSet', { replicas: 3 }, updated);

  expect(progressOf(set, { ...context, pods })).toEqual({ state: 'waiting', text: 'cart-2 not updated yet' });
  expect(progressOf(set, { ...context, pods: pods.slice(0, 2) })).toEqual({ state: 'done', notes: [] });
});

test('a partition is honoured, and said', () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
  const status = { ...updated, updatedReplicas: 1, currentRevision: 'a' };
  const set = workload('StatefulSet', { replicas: 3, updateStrategy }, status);
  const pods = [pod('cart-0', 'a'), pod('cart-1', 'a'), pod('cart-2', 'b')];

  expect(progressOf(set, { ...context, pods })).toEqual({
    state: 'done',
    notes: ['its partition keeps the pods below ordinal 2 as they were'],
  });
});

test.for(['StatefulSet', 'DaemonSet'])(
  'a %s that replaces pods only when they are deleted is partial, by name',
  (kind) => {
    const set = workload(
      kind,
      { replicas: 2, updateStrategy: { type: 'OnDelete' } },
      { updateRevision: 'b' },
    );
    const pods = [pod('cart-0', 'b'), pod('cart-1', 'a')];

    expect(progressOf(set, { ...context, pods, newPods: pods.slice(0, 1) })).toEqual({
      state: 'partial',
      text: '1 pod still runs the old version, because updateStrategy is OnDelete; delete to replace: cart-1',
    });
  },
);

test('a StatefulSet whose pods were all replaced by hand is done, though its controller calls the old revision current', () => {
  const updateStrategy = { type: 'OnDelete' };
  const status = { readyReplicas: 2, updatedReplicas: 2, currentRevision: 'a', updateRevision: 'b' };
  const set = workload('StatefulSet', { replicas: 2, updateStrategy }, status);

  expect(progressOf(set, { ...context, pods: [pod('cart-0', 'b'), pod('cart-1', 'b')] })).toEqual({
    state: 'done',
    notes: [],
  });
});

test('a DaemonSet need not reach nodes that are cordoned or not ready, and names them', () => {
  const status = { desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 1 };
  const set = workload('DaemonSet', {}, status);
  const pods = [pod('cart-a', 'b', 'n1'), pod('cart-b', 'a', 'n2')];

  const newPods = pods.slice(0, 1);

  expect(progressOf(set, { ...context, pods, newPods })).toMatchObject({ state: 'waiting' });
  expect(progressOf(set, { ...context, pods, newPods, troubledNodes: ['n2'] })).toEqual({
    state: 'done',
    notes: ['not counted, because cordoned or not ready: n2'],
  });
});

test('a new pod on a node that is not ready does not make up for an old one on another node', () => {
  const status = { desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 2 };
  const set = workload('DaemonSet', {}, status);
  const pods = [pod('cart-a', 'b', 'n1'), pod('cart-b', 'a', 'n2'), pod('cart-c', 'b', 'n3')];
  const newPods = pods.filter(({ metadata }) => metadata.name !== 'cart-b');
  const evicted = { ...pod('cart-d', 'a', 'n2'), status: { phase: 'Failed', reason: 'Evicted' } };

  expect(progressOf(set, { ...context, pods, newPods, troubledNodes: ['n3'] })).toEqual({
    state: 'waiting',
    text: 'cart-b not updated yet',
  });
  expect(
    progressOf(set, { ...context, pods: [...newPods, evicted], newPods, troubledNodes: ['n3'] }),
  ).toMatchObject({ state: 'done' });
});
