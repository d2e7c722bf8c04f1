import type { AppliedWorkload } from '../../../src/clusters/cluster.ts';
import { defaultBudgets } from '../../../src/clusters/kubernetes/budgets.ts';
import { judge, type Look } from '../../../src/clusters/kubernetes/judge.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { newMemory } from '../../../src/clusters/kubernetes/watch-memory.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const image = `registry.example.com/shop/cart@sha256:${'a'.repeat(64)}`;
export const applied: AppliedWorkload = {
  name: 'deployment/cart',
  uid: 'u1',
  generation: 2,
  podSelector: 'app=cart',
  deployId: 'd2',
  images: { api: image },
};

export function deployment(
  changes: { status?: JsonObject; spec?: JsonObject; metadata?: JsonObject } = {},
): KubeObject {
  const annotations = { 'trunkline/deploy-id': 'd2' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', uid: 'u1', generation: 2, ...changes.metadata },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 600,
      template: { metadata: { annotations }, spec: { containers: [{ name: 'api', image }] } },
      ...changes.spec,
    },
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 1, ...changes.status },
  };
}

export const complete = {
  replicas: 1,
  availableReplicas: 1,
  conditions: [
    { type: 'Available', status: 'True' },
    { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
  ],
};

export function pod(
  name: string,
  status: JsonObject,
  changes: { spec?: JsonObject; deployId?: string; node?: string } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid: name, annotations: { 'trunkline/deploy-id': changes.deployId ?? 'd2' } },
    spec: {
      containers: [{ name: 'api', image, ...changes.spec }],
      ...(changes.node !== undefined && { nodeName: changes.node }),
    },
    status: { conditions: [{ type: 'PodScheduled', status: 'True' }], ...status },
  };
}

export const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

export function container(state: JsonObject, more: JsonObject = {}): JsonObject {
  return { containerStatuses: [{ name: 'api', restartCount: 0, ready: false, state, ...more }] };
}

export const start = 1_000_000;

export function look(workload: KubeObject | null, pods: KubeObject[] = [], more: Partial<Look> = {}): Look {
  return { workload, pods, events: new Map(), ...{ troubledNodes: [], lostNodes: [] }, now: start, ...more };
}

export const settings = { budgets: defaultBudgets, appliedAt: '2026-01-01T10:00:00Z' };

export function judgeAll(...looks: Look[]) {
  const memory = newMemory();
  const judgements = looks.map((one) => judge(applied, one, { ...settings, memory }));
  return judgements.at(-1);
}
