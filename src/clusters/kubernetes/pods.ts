import type { JsonObject } from '../../domain/json.ts';
import type { AppliedWorkload } from '../cluster.ts';
import { at, listOf, numberOf, recordOf, textOf, timeOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import { deployIdOf } from './stamp.ts';

/** The pods that were made from the applied template and that count: not those that end, or that a node lost. */
export function newPodsOf(pods: KubeObject[], workload: AppliedWorkload): KubeObject[] {
  return pods.filter((pod) => deployIdOf(pod) === workload.deployId && !isEnding(pod) && !isNodeTrouble(pod));
}

export function isEnding(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

const nodeReasons = new Set([
  'Evicted',
  'Preempting',
  'NodeLost',
  'NodeAffinity',
  'NodeShutdown',
  'Shutdown',
  'Terminated',
]);

/** The pod ended because of its node, which says nothing about what runs in it. */
function isNodeTrouble(pod: KubeObject): boolean {
  return at(pod, 'status', 'phase') === 'Failed' && nodeReasons.has(textOf(at(pod, 'status', 'reason')));
}

export function podCondition(pod: KubeObject, type: string): JsonObject {
  return recordOf(listOf(at(pod, 'status', 'conditions')).find((condition) => condition.type === type));
}

export function isReady(pod: KubeObject): boolean {
  return podCondition(pod, 'Ready').status === 'True' && !isEnding(pod);
}

/** A container as it is wanted and as it stands. */
export interface ContainerView {
  name: string;
  spec: JsonObject;
  status: JsonObject;
  isInit: boolean;
}

/** Init containers first: they run first. */
export function containerViews(pod: KubeObject): ContainerView[] {
  const view = (specs: string, statuses: string, isInit: boolean) =>
    listOf(at(pod, 'spec', specs)).map((spec) => ({
      name: textOf(spec.name),
      spec,
      status: recordOf(listOf(at(pod, 'status', statuses)).find(({ name }) => name === spec.name)),
      isInit,
    }));
  return [
    ...view('initContainers', 'initContainerStatuses', true),
    ...view('containers', 'containerStatuses', false),
  ];
}

/** Between two starts; or the last start has failed. */
const downReasons = new Set(['CrashLoopBackOff', 'RunContainerError']);

/** Some kubelets say right there what the hook said: `PostStartHookError: command ...` */
export function isHookError(reason: string): boolean {
  return reason.startsWith('PostStartHookError');
}

/** How often the container has ended, as far as that counts against it. */
export function endsOf({ status, isInit }: ContainerView): number {
  const restarts = numberOf(status.restartCount, 0);
  const ended = recordOf(at(status, 'state', 'terminated'));
  const isDone = isInit && ended.exitCode === 0;
  const waiting = textOf(at(status, 'state', 'waiting', 'reason'));
  const isDown = ended.exitCode !== undefined || downReasons.has(waiting) || isHookError(waiting);
  return restarts + (isDown && !isDone ? 1 : 0);
}

/** The newest end of the container that is on record. */
export function lastEndOf({ status }: ContainerView): JsonObject {
  const current = recordOf(at(status, 'state', 'terminated'));
  return current.exitCode === undefined ? recordOf(at(status, 'lastState', 'terminated')) : current;
}

/**
 * What the run that `lastEndOf` tells of has logged; `logs` were read after the status. Where a slow node no longer has
 * that, the words of the run after it: the same program, which has ended the same way before.
 */
export function logOfLastEnd<Line extends { at: number }>(
  container: ContainerView,
  { previous, current }: { previous: Line[]; current: Line[] },
): Line[] {
  const { status } = container;
  const isFirstEnd = numberOf(status.restartCount, 0) === 0;
  // The time of an end is in whole seconds.
  const endsBefore = timeOf(lastEndOf(container).finishedAt) + 1000;
  if (at(status, 'state', 'running') !== undefined || current.length === 0) return previous;
  const hasBegunAnew = isFirstEnd || current.some((line) => line.at >= endsBefore);
  return hasBegunAnew && previous.length > 0 ? previous : current;
}

export function restartsOf(pod: KubeObject): number {
  return containerViews(pod).reduce((sum, { status }) => sum + numberOf(status.restartCount, 0), 0);
}

/** A pod in the lines of a rollout. */
export function partOf(pod: KubeObject): { id: string; name: string; stage: string } {
  const { name } = pod.metadata;
  return { id: name, name: `pod ${name}`, stage: stageOf(pod) };
}

/** One word or two for the progress lines. */
export function stageOf(pod: KubeObject): string {
  if (isEnding(pod)) return 'ending';
  if (isReady(pod)) return 'ready';
  if (podCondition(pod, 'PodScheduled').status !== 'True') return 'waiting for a node';
  for (const container of containerViews(pod)) {
    const reason = textOf(at(container.status, 'state', 'waiting', 'reason'));
    if (reason !== '' && !ordinaryWaits.has(reason)) return `${container.name}: ${reason}`;
    const ended = recordOf(at(container.status, 'state', 'terminated'));
    if (!container.isInit && ended.exitCode !== undefined)
      return `${container.name} ended with ${ended.exitCode}`;
  }
  return at(pod, 'status', 'phase') === 'Running' ? 'running, not ready yet' : 'starting';
}

const ordinaryWaits = new Set(['ContainerCreating', 'PodInitializing']);

/** Seconds between start and end of a container's run; NaN when unknown. */
export function lifetimeSeconds(terminated: JsonObject): number {
  return (timeOf(terminated.finishedAt) - timeOf(terminated.startedAt)) / 1000;
}
