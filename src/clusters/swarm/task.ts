import { at, listOf, numberOf, recordOf, textOf, timeOf } from '../json-reading.ts';
import { deployIdLabel } from './stamp.ts';

/** One attempt to run a service's container: never restarted, a new one takes its place. */
export interface Task {
  id: string;
  /** Attempts with the same place follow one another: the number of a replica, or a node. */
  place: string;
  nodeId: string;
  /** Milliseconds by the engine's clock, as `changedAt` is. */
  createdAt: number;
  /** When it came into `state`. */
  changedAt: number;
  state: TaskState;
  /** What the swarm wants of it; `running` while it counts. */
  desired: string;
  /** Why it failed, or cannot go on, in the engine's words; '' when there is nothing to say. */
  error: string;
  image: string;
  /** null: no deployment of ours made it. */
  deployId: string | null;
  containerId: string;
  exitCode: number;
  /** `any`, `on-failure` or `none`. */
  restartCondition: string;
  command: string;
}

/** In the order of a task's life. */
export const taskStates = [
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
] as const;
export type TaskState = (typeof taskStates)[number];

export function toTasks(answer: unknown): Task[] {
  return listOf(answer).map((value) => {
    const { ID, Slot, NodeID, CreatedAt, Status, DesiredState, Spec } = value;
    const container = recordOf(at(Spec, 'ContainerSpec'));
    const status = recordOf(at(Status, 'ContainerStatus'));
    return {
      id: textOf(ID),
      place: numberOf(Slot, 0) === 0 ? textOf(NodeID) : String(Slot),
      nodeId: textOf(NodeID),
      createdAt: timeOf(CreatedAt),
      changedAt: timeOf(at(Status, 'Timestamp')),
      state: stateOf(textOf(at(Status, 'State'))),
      desired: textOf(DesiredState),
      error: textOf(at(Status, 'Err')),
      image: textOf(container.Image),
      deployId: textOf(recordOf(container.Labels)[deployIdLabel]) || null,
      containerId: textOf(status.ContainerID),
      exitCode: numberOf(status.ExitCode, 0),
      restartCondition: textOf(at(Spec, 'RestartPolicy', 'Condition')) || 'any',
      command: healthCommandOf(container.Healthcheck),
    };
  });
}

function stateOf(text: string): TaskState {
  return taskStates.find((state) => state === text) ?? 'new';
}

/** The health check as people would write it; '' where only the image may have one. */
function healthCommandOf(healthcheck: unknown): string {
  const { Test } = recordOf(healthcheck);
  return Array.isArray(Test) ? Test.slice(1).map(textOf).join(' ').slice(0, 200) : '';
}

export function hasEnded({ state }: Task): boolean {
  return taskStates.indexOf(state) > taskStates.indexOf('running');
}

/** It ended though it should not have. */
export function hasFailed(task: Task): boolean {
  if (task.state === 'failed' || task.state === 'rejected' || task.state === 'orphaned') return true;
  return task.state === 'complete';
}
