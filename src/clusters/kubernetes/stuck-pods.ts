import { at, listOf, numberOf, textOf, timeOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import { ordinalOf } from './done-rule.ts';
import type { KubeObject } from './objects.ts';
import { isEnding, isReady, podCondition, stageOf } from './pods.ts';
import { deployIdOf } from './stamp.ts';

/** A StatefulSet as it was seen, and the rollout that is to get through it. */
export interface SetOnItsWay {
  workload: KubeObject | undefined;
  pods: KubeObject[];
  /** Of the version that is wanted; null: one from before Trunkline. */
  deployId: string | null;
  /** On the way back: the deployment that is replaced. */
  replaces: string | null;
  /** ISO 8601, by the cluster's clock. */
  appliedAt: string;
}

/**
 * A StatefulSet waits for a broken pod to become ready before it replaces it, for ever: such a pod of another version
 * must be deleted. One at a time, the highest ordinal first, and only if it is still as it was seen.
 */
export async function removeStuckPod(
  { api, namespace }: { api: Api; namespace: string },
  set: SetOnItsWay,
  signal: AbortSignal,
): Promise<void> {
  const stuck = findStuckPod(set);
  if (stuck === undefined) return;
  const { name, uid, resourceVersion } = stuck.metadata;
  try {
    await api.call(
      {
        method: 'DELETE',
        path: `/api/v1/namespaces/${namespace}/pods/${name}`,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
      },
      signal,
    );
  } catch (error) {
    // It has changed or gone meanwhile: the next look decides again.
    if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 409)) throw error;
  }
}

/** Of those that the rollout replaces anyway. */
export function findStuckPod(set: SetOnItsWay): KubeObject | undefined {
  const { workload, pods } = set;
  if (at(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete') return undefined;
  const partition = numberOf(at(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'), 0);
  const own = pods.filter((pod) => ownerUid(pod) === workload?.metadata.uid);
  if (own.some(isEnding)) return undefined;
  // The controller replaces the highest ordinal first: one below it may recover until its turn comes.
  const [next] = own
    .filter((pod) => !isReady(pod) && ordinalOf(pod) >= partition && isReplaced(pod, set))
    .sort((left, right) => ordinalOf(right) - ordinalOf(left));
  return next !== undefined && isBroken(next, set) ? next : undefined;
}

/** How long a pod must have been without readiness before a rollout may take it for broken: it may be recovering. */
const recoveryMs = 60_000;

/** On the way back the pods of the bad version are; on the way forward, those of any other one. */
function isReplaced(pod: KubeObject, { deployId, replaces }: SetOnItsWay): boolean {
  return replaces === null ? deployIdOf(pod) !== deployId : deployIdOf(pod) === replaces;
}

/**
 * What is replaced on the way back was found bad already. On the way forward, a pod that runs may have been restarted
 * long ago and be reading its log now: only time tells that it does not recover.
 */
function isBroken(pod: KubeObject, { replaces, appliedAt }: SetOnItsWay): boolean {
  if (replaces !== null) return true;
  if (podCondition(pod, 'PodScheduled').status !== 'True') return true;
  if (stageOf(pod).includes(': ')) return true;
  const unready = podCondition(pod, 'Ready');
  return unready.status === 'False' && timeOf(unready.lastTransitionTime) < timeOf(appliedAt) - recoveryMs;
}

function ownerUid(pod: KubeObject): string {
  const [owner] = listOf(pod.metadata.ownerReferences);
  return textOf(owner?.uid);
}
