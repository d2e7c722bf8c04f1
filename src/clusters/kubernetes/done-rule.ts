import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import { type KubeObject, nameOf } from './objects.ts';
import { isReady } from './pods.ts';

/** Where a workload's own status says it stands. */
export type Progress =
  | { state: 'stale' }
  | { state: 'waiting'; text: string }
  | { state: 'suspended'; text: string }
  /** Applied, but the controller does not replace these by itself. */
  | { state: 'partial'; text: string }
  | { state: 'done'; notes: string[] };

export interface ProgressContext {
  /** The generation that was applied: an older status says nothing about it. */
  generation: number;
  /** The pods that belong to the workload. */
  pods: KubeObject[];
  /** Those among them that were made from the applied template. */
  newPods: KubeObject[];
  /** Nodes that are cordoned or not ready: a DaemonSet need not reach them. */
  troubledNodes: string[];
}

/** The done rule of each kind; stricter than `kubectl rollout status`, which forgets conditions and old pods. */
export function progressOf(workload: KubeObject, context: ProgressContext): Progress {
  const observed = numberOf(at(workload, 'status', 'observedGeneration'), 0);
  if (observed < context.generation) return { state: 'stale' };
  if (at(workload, 'spec', 'paused') === true) {
    return {
      state: 'suspended',
      text: `${nameOf(workload)} is paused (spec.paused): nothing rolls out before it is resumed`,
    };
  }
  if (workload.kind === 'Deployment') return deploymentProgress(workload);
  if (workload.kind === 'StatefulSet') return statefulSetProgress(workload, context);
  return daemonSetProgress(workload, context);
}

/** Whether the workload stands as it was last told to: the state that is worth going back to. */
export function isHealthy(workload: KubeObject): boolean {
  const generation = numberOf(workload.metadata.generation, 0);
  const { state } = progressOf(workload, { generation, pods: [], newPods: [], troubledNodes: [] });
  return state === 'done';
}

/** How many pods there shall be. */
export function desiredOf(workload: KubeObject): number {
  if (workload.kind === 'DaemonSet') return numberOf(at(workload, 'status', 'desiredNumberScheduled'), 0);
  return numberOf(at(workload, 'spec', 'replicas'), 1);
}

export function conditionOf(object: KubeObject, type: string) {
  return recordOf(listOf(at(object, 'status', 'conditions')).find((condition) => condition.type === type));
}

function deploymentProgress(workload: KubeObject): Progress {
  const status = recordOf(workload.status);
  const desired = desiredOf(workload);
  const [updated, all, available] = [
    numberOf(status.updatedReplicas, 0),
    numberOf(status.replicas, 0),
    numberOf(status.availableReplicas, 0),
  ];
  if (updated < desired) return waiting(`${updated} of ${desired} new pods made`);
  if (available < updated) return waiting(`${available} of ${updated} pods available`);
  if (all > updated) return waiting(`${all - updated} old pods still end`);
  if (desired === 0) return { state: 'done', notes: ['it has 0 replicas: nothing runs'] };
  if (conditionOf(workload, 'Available').status !== 'True') return waiting('not yet marked as available');
  const progressing = conditionOf(workload, 'Progressing');
  const isComplete = progressing.status === 'True' && progressing.reason === 'NewReplicaSetAvailable';
  const hasDeadline = at(workload, 'spec', 'progressDeadlineSeconds') !== undefined;
  return isComplete || !hasDeadline ? { state: 'done', notes: [] } : waiting('not yet marked as complete');
}

function statefulSetProgress(workload: KubeObject, { pods }: ProgressContext): Progress {
  const status = recordOf(workload.status);
  const desired = desiredOf(workload);
  const strategy = recordOf(at(workload, 'spec', 'updateStrategy'));
  const partition = numberOf(recordOf(strategy.rollingUpdate).partition, 0);
  const old = pods.filter((pod) => ordinalOf(pod) >= partition && revisionOf(pod) !== status.updateRevision);
  if (strategy.type === 'OnDelete' && old.length > 0) return onDelete(old);
  const updated = numberOf(status.updatedReplicas, 0);
  const wanted = Math.max(0, desired - partition);
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods updated`);
  const ready = numberOf(status.readyReplicas, 0);
  if (ready < desired) return waiting(`${ready} of ${desired} pods ready`);
  // Servers before 1.22 do not count available pods.
  const available = numberOf(status.availableReplicas, ready);
  if (available < desired && status.availableReplicas !== undefined) {
    return waiting(`${available} of ${desired} pods available`);
  }
  if (old.length > 0) return waiting(`${namesOf(old)} not updated yet`);
  // Of pods that are replaced by hand, the controller never calls the new revision the current one.
  const isCounted = partition === 0 && desired > 0 && strategy.type !== 'OnDelete';
  if (isCounted && status.currentRevision !== status.updateRevision) {
    return waiting('the new revision is not yet the current one');
  }
  return { state: 'done', notes: partitionNotes(partition, desired) };
}

function partitionNotes(partition: number, desired: number): string[] {
  if (desired === 0) return ['it has 0 replicas: nothing runs'];
  return partition === 0 ? [] : [`its partition keeps the pods below ordinal ${partition} as they were`];
}

function daemonSetProgress(workload: KubeObject, context: ProgressContext): Progress {
  const status = recordOf(workload.status);
  if (at(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    const old = context.pods.filter((pod) => !context.newPods.includes(pod));
    if (old.length > 0) return onDelete(old);
  }
  const desired = desiredOf(workload);
  const isExcused = (pod: KubeObject) => !isReady(pod) && context.troubledNodes.includes(nodeOf(pod));
  const excused = context.pods.filter(isExcused);
  const needed = desired - excused.length;
  const updated = numberOf(status.updatedNumberScheduled, 0);
  if (updated < needed) return waiting(`${updated} of ${needed} pods updated`);
  const available = numberOf(status.numberAvailable, 0);
  if (available < needed) return waiting(`${available} of ${needed} pods available`);
  // Both counts have the new pods on the nodes that are excused, which make up for old ones on the others.
  const old = context.pods.filter(
    (pod) => !excused.includes(pod) && !context.newPods.includes(pod) && !hasFailed(pod),
  );
  if (old.length > 0) return waiting(`${namesOf(old)} not updated yet`);
  const nodes = [...new Set(excused.map(nodeOf))];
  const notes = nodes.length === 0 ? [] : [`not counted, because cordoned or not ready: ${nodes.join(', ')}`];
  return { state: 'done', notes: desired === 0 ? ['no node takes its pods: nothing runs'] : notes };
}

function onDelete(old: KubeObject[]): Progress {
  const verb = old.length === 1 ? 'pod still runs' : 'pods still run';
  return {
    state: 'partial',
    text: `${old.length} ${verb} the old version, because updateStrategy is OnDelete; delete to replace: ${namesOf(old)}`,
  };
}

function waiting(text: string): Progress {
  return { state: 'waiting', text };
}

function namesOf(pods: KubeObject[]): string {
  return pods.map((pod) => pod.metadata.name).join(', ');
}

export function ordinalOf(pod: KubeObject): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? 0);
}

/** Its controller makes another one in its place. */
function hasFailed(pod: KubeObject): boolean {
  return at(pod, 'status', 'phase') === 'Failed';
}

function nodeOf(pod: KubeObject): string {
  return textOf(at(pod, 'spec', 'nodeName'));
}

function revisionOf(pod: KubeObject): string {
  return textOf(at(pod, 'metadata', 'labels', 'controller-revision-hash'));
}
