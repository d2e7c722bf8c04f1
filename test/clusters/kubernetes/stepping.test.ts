import { describe, expect, test } from 'vitest';
import type { Write } from '../../../src/clusters/kubernetes/object-writer.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import {
  heldBack,
  nextPartition,
  stepRefusal,
  withOwnPartition,
  withoutSteps,
} from '../../../src/clusters/kubernetes/stepping.ts';
import { findStuckPod, type SetOnItsWay } from '../../../src/clusters/kubernetes/stuck-pods.ts';

describe('a stepped StatefulSet', () => {
  test('is applied with a partition that no pod reaches, and stepped down to its own', () => {
    const held = heldBack(writeOf(set({ replicas: 3, partition: 1 }), healthy({ replicas: 5 }))).write.object;

    expect(partitionOf(held)).toBe(5);
    expect([5, 3, 2, 1].map((partition) => nextPartition(at(held, { replicas: 3, partition })))).toEqual([
      2,
      2,
      1,
      undefined,
    ]);
  });

  test('is rolled at once where it is new, or not healthy, which is said', () => {
    const broken = healthy({ replicas: 3, ready: 2 });

    expect(heldBack(writeOf(set({ replicas: 3 }), null)).write.object).toEqual(set({ replicas: 3 }));
    expect(heldBack(writeOf(set({ replicas: 3 }), broken))).toEqual({
      write: writeOf(set({ replicas: 3 }), broken),
      notes: ['not healthy now: rolled at once, not step by step'],
    });
  });

  test('that was left in the middle gets its own partition back by any later apply, and by what is kept of it', () => {
    const left = at(heldBack(writeOf(set({ replicas: 3 }), healthy({ replicas: 3 }))).write.object, {
      partition: 2,
    });

    expect(partitionOf(withOwnPartition(set({ replicas: 3 }), left))).toBe(0);
    expect(partitionOf(withOwnPartition(imageChange(), left))).toBe(0);
    expect(partitionOf(withOwnPartition(set({ replicas: 3, partition: 1 }), left))).toBe(1);
    expect(withoutSteps(left).metadata.annotations).toEqual({});
    expect(partitionOf(withoutSteps(left))).toBe(0);
  });

  test('is none without a StatefulSet, or with one that nobody rolls', () => {
    const deployment = { ...set({}), kind: 'Deployment' };
    const onDelete = { ...set({}), spec: { selector: {}, updateStrategy: { type: 'OnDelete' } } };

    expect(stepRefusal([writeOf(deployment, null)])?.refusal).toMatch(
      /^strategy: stepped is for StatefulSets/,
    );
    expect(stepRefusal([writeOf(onDelete, null)])?.refusal).toBe(
      'statefulset/db cannot be stepped, because its updateStrategy is OnDelete: use RollingUpdate',
    );
    expect(stepRefusal([writeOf(imageChange(), onDelete)])?.refusal).toMatch(/OnDelete/);
    expect(stepRefusal([writeOf(set({}), null)])).toBeUndefined();
  });
});

describe('a pod that blocks the way of a StatefulSet', () => {
  const crashing = { state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 3 };

  test('on the way back is one of the replaced version that is not ready, the highest first', () => {
    const pods = [pod('db-0', 'bad'), pod('db-1', 'bad'), pod('db-2', 'bad', { ready: true })];

    expect(findStuckPod(way({ pods, replaces: 'bad' }))?.metadata.name).toBe('db-1');
    expect(findStuckPod(way({ pods, replaces: 'bad', partition: 2 }))).toBeUndefined();
    expect(findStuckPod(way({ pods, replaces: 'other' }))).toBeUndefined();
  });

  test('on the way forward is a broken one of any other version, but none that may be recovering', () => {
    const seen = (status: Parameters<typeof pod>[2], deployId = 'old') =>
      findStuckPod(way({ pods: [pod('db-0', deployId, status)] }))?.metadata.name;

    expect(seen({ container: crashing })).toBe('db-0');
    expect(seen({ container: { state: { waiting: { reason: 'ImagePullBackOff' } } } })).toBe('db-0');
    expect(seen({ unreadySince: '2026-01-01T11:58:00Z' })).toBe('db-0');
    expect(seen({ unreadySince: '2026-01-01T11:59:30Z' })).toBeUndefined();
    // Restarted long ago, and reading its log now.
    expect(seen({ container: { restartCount: 1 } })).toBeUndefined();
    expect(seen({ container: { restartCount: 1 }, unreadySince: '2026-01-01T11:58:00Z' })).toBe('db-0');
    expect(seen({ container: crashing }, 'new')).toBeUndefined();
    expect(seen({ container: crashing, ready: true })).toBeUndefined();
  });

  test('waits for its turn: for one above it that may be recovering', () => {
    const broken = pod('db-0', 'old', { container: crashing });
    const recovering = pod('db-1', 'old');

    expect(findStuckPod(way({ pods: [broken, recovering] }))).toBeUndefined();
    expect(findStuckPod(way({ pods: [broken] }))?.metadata.name).toBe('db-0');
  });

  test('waits for one that ends already', () => {
    const ending = pod('db-1', 'bad');
    ending.metadata.deletionTimestamp = '2026-01-01T12:00:01Z';

    expect(findStuckPod(way({ pods: [pod('db-0', 'bad'), ending], replaces: 'bad' }))).toBeUndefined();
  });
});

function set({ replicas = 1, partition }: { replicas?: number; partition?: number }): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', generation: 1 },
    spec: {
      ...{ replicas, selector: { matchLabels: { app: 'db' } } },
      ...(partition !== undefined && {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
      }),
    },
  };
}

function healthy({ replicas, ready = replicas }: { replicas: number; ready?: number }): KubeObject {
  return {
    ...set({ replicas, partition: 0 }),
    status: {
      observedGeneration: 1,
      ...{ replicas, readyReplicas: ready, updatedReplicas: replicas },
      ...{ currentRevision: 'db-1', updateRevision: 'db-1' },
    },
  };
}

function imageChange(): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: { template: { spec: { containers: [{ name: 'db', image: 'new' }] } } },
  };
}

function at(
  object: KubeObject,
  { replicas, partition }: { replicas?: number; partition: number },
): KubeObject {
  const copy = structuredClone(object);
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition } };
  copy.spec = { ...(copy.spec as object), ...(replicas !== undefined && { replicas }), updateStrategy };
  return copy;
}

function partitionOf(object: KubeObject): unknown {
  const { updateStrategy } = object.spec as { updateStrategy?: { rollingUpdate?: { partition?: number } } };
  return updateStrategy?.rollingUpdate?.partition;
}

function writeOf(object: KubeObject, live: KubeObject | null): Write {
  return { object, live, path: '', fieldManager: 'trunkline', force: false };
}

function way({ partition = 0, ...changes }: Partial<SetOnItsWay> & { partition?: number }): SetOnItsWay {
  const workload = set({ replicas: 3, partition });
  workload.metadata.uid = 'set';
  return {
    ...{ workload, pods: [], deployId: 'new', replaces: null, appliedAt: '2026-01-01T12:00:00Z' },
    ...changes,
  };
}

interface Status {
  ready?: boolean;
  unreadySince?: string;
  container?: object;
}

function pod(name: string, deployId: string, status: Status = {}): KubeObject {
  const { ready = false, unreadySince = '2026-01-01T12:00:00Z', container } = status;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { 'trunkline/deploy-id': deployId }, ownerReferences: [{ uid: 'set' }] },
    spec: { containers: [{ name: 'db' }] },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: unreadySince },
      ],
      containerStatuses: [{ name: 'db', state: { running: {} }, restartCount: 0, ...container }],
    },
  } as KubeObject;
}
