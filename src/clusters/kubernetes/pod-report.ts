import type { ProgressItem } from '../../domain/step-progress.ts';
import { at, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import { containerViews, isEnding, isReady, podCondition, restartsOf, stageOf } from './pods.ts';
import { deployIdOf } from './stamp.ts';

/** What one workload's pods look like; `events` by the uid of their pod, as far as they are known. */
export interface PodsSeen {
  /** null: the pods of the state before Trunkline's first deployment are the ones that are wanted. */
  deployId: string | null;
  pods: KubeObject[];
  events: ReadonlyMap<string, KubeObject[]>;
}

/** The pods of the new version, each in the order of its name, then those that leave. Ended pods are nobody's news. */
export function podItems({ deployId, pods, events }: PodsSeen): ProgressItem[] {
  const alive = pods
    .filter((pod) => !['Failed', 'Succeeded'].includes(textOf(at(pod, 'status', 'phase'))))
    .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
  const isWanted = (pod: KubeObject) => deployIdOf(pod) === deployId && !isEnding(pod);
  return [
    ...alive.filter(isWanted).map((pod) => newItem(pod, events.get(textOf(pod.metadata.uid)) ?? [])),
    ...alive.filter((pod) => !isWanted(pod)).map((pod) => leavingItem(pod, deployIdOf(pod) !== deployId)),
  ];
}

function newItem(pod: KubeObject, events: KubeObject[]): ProgressItem {
  const { state, text } = standingOf(pod, events);
  const restarts = restartsOf(pod);
  const times = restarts === 1 ? 'once' : `${restarts} times`;
  const whole = restarts === 0 ? text : `${text}, restarted ${times}`;
  return { name: pod.metadata.name, state, text: whole, done: null, total: null };
}

function leavingItem(pod: KubeObject, isOld: boolean): ProgressItem {
  const what = isEnding(pod) ? 'leaving' : 'still runs';
  const text = isOld ? `old version, ${what}` : what;
  return {
    name: pod.metadata.name,
    state: isEnding(pod) ? 'working' : 'waiting',
    text,
    done: null,
    total: null,
  };
}

function standingOf(pod: KubeObject, events: KubeObject[]): Pick<ProgressItem, 'state'> & { text: string } {
  if (isReady(pod)) return { state: 'done', text: 'ready' };
  if (podCondition(pod, 'PodScheduled').status !== 'True') {
    return { state: 'waiting', text: 'waiting for a node' };
  }
  const failure = failureOf(pod);
  if (failure !== undefined) return { state: 'failed', text: failure };
  return { state: 'working', text: isPulling(events) ? 'pulling its image' : stageOf(pod) };
}

function failureOf(pod: KubeObject): string | undefined {
  for (const { name, status, isInit } of containerViews(pod)) {
    const reason = textOf(at(status, 'state', 'waiting', 'reason'));
    if (reason === 'CrashLoopBackOff') return `${name} is crashing`;
    if (pullFailures.has(reason)) return `${name}: its image cannot be pulled`;
    if (configurationFailures.has(reason)) return `${name} cannot be started: ${reason}`;
    const exitCode = at(status, 'state', 'terminated', 'exitCode');
    const isDone = isInit && exitCode === 0;
    if (typeof exitCode === 'number' && !isDone) return `${name} ended with ${exitCode}`;
  }
  return undefined;
}

const pullFailures = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName']);
const configurationFailures = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** Only events tell: to the status, a container whose image is pulled is merely being created. */
function isPulling(events: KubeObject[]): boolean {
  const newest = events.findLast(({ reason }) => reason === 'Pulling' || reason === 'Pulled');
  return newest?.reason === 'Pulling';
}
