import { at, numberOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import { ordinalOf } from './done-rule.ts';
import type { KubeObject } from './objects.ts';
import { isEnding, isReady } from './pods.ts';
import { deployIdOf } from './stamp.ts';

/**
 * A StatefulSet waits for a broken pod to become ready before it replaces it, for ever: on the way back from a bad
 * version such pods must be deleted. One at a time, the highest ordinal first, only pods of the replaced version
 * that are not ready, and only if they are still as they were seen.
 */
export async function removeStuckPod(
  api: Api,
  state: { workload: KubeObject | undefined; pods: KubeObject[]; replaces: string; namespace: string },
  signal: AbortSignal,
): Promise<void> {
  const stuck = findStuckPod(state);
  if (stuck === undefined) return;
  const { name, uid, resourceVersion } = stuck.metadata;
  try {
    await api.call(
      {
        method: 'DELETE',
        path: `/api/v1/namespaces/${state.namespace}/pods/${name}`,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
      },
      signal,
    );
  } catch (error) {
    // It has changed or gone meanwhile: the next look decides again.
    if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 409)) throw error;
  }
}

function findStuckPod({
  workload,
  pods,
  replaces,
}: {
  workload: KubeObject | undefined;
  pods: KubeObject[];
  replaces: string;
}): KubeObject | undefined {
  const partition = numberOf(at(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'), 0);
  const own = pods.filter((pod) => ownerUid(pod) === workload?.metadata.uid);
  if (own.some(isEnding)) return undefined;
  return own
    .filter((pod) => deployIdOf(pod) === replaces && !isReady(pod) && ordinalOf(pod) >= partition)
    .sort((left, right) => ordinalOf(right) - ordinalOf(left))[0];
}

function ownerUid(pod: KubeObject): string {
  const [owner] = Array.isArray(pod.metadata.ownerReferences) ? pod.metadata.ownerReferences : [];
  return textOf(at(owner, 'uid'));
}
