import { listOf, recordOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';

/**
 * Whether a pod that the selector of a workload finds is the workload's. A Deployment's pods belong to its ReplicaSets,
 * which are called by its name and the hash of their template: another Deployment may have the same labels.
 */
export function isOwn({ metadata }: KubeObject, workload: KubeObject): boolean {
  const owners = listOf(metadata.ownerReferences);
  if (workload.kind !== 'Deployment') return owners.some(({ uid }) => uid === workload.metadata.uid);
  const hash = textOf(recordOf(metadata.labels)['pod-template-hash']);
  const sets = owners.filter(({ kind }) => kind === 'ReplicaSet');
  if (hash === '' || sets.length === 0) return true;
  return sets.some(({ name }) => name === `${workload.metadata.name}-${hash}`);
}
