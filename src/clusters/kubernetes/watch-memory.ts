import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Missing } from './missing.ts';
import type { KubeObject } from './objects.ts';
import { isHookError, restartsOf } from './pods.ts';

/** What a watcher has to remember of one workload, because no single look at the cluster shows it. */
export interface WatchMemory {
  /** When each trouble of each pod was first seen, by our clock: windows begin then. */
  readonly firstSeen: Map<string, number>;
  /** By pod and container: each shows in the status for a moment only. */
  readonly pulls: Map<string, FailedPulls>;
  /** The same: why a postStart hook failed. */
  readonly failedHooks: Map<string, string>;
  /** What the troubles that lasted too long lack. */
  overdue: Missing[];
  /** Of that, what was there when it was looked for, by id. */
  readonly mended: Set<string>;
  /** Since when each pod is seen to end, by its uid. */
  readonly ending: Map<string, number>;
  /** Set while everything is healthy: since when, and how often each pod had restarted then. */
  healthy: { since: number; restarts: ReadonlyMap<string, number> } | undefined;
}

export interface FailedPulls {
  /** Why the last one failed. */
  error: string;
  attempts: number;
  /** The status still tells of the last one. */
  isShown: boolean;
}

export function newMemory(): WatchMemory {
  return {
    ...{ firstSeen: new Map(), pulls: new Map(), failedHooks: new Map(), ending: new Map() },
    ...{ overdue: [], mended: new Set(), healthy: undefined },
  };
}

/** To be called with every state that is seen. */
export function rememberMoments(memory: WatchMemory, pods: KubeObject[]): void {
  for (const pod of pods) {
    for (const status of [
      ...listOf(at(pod, 'status', 'initContainerStatuses')),
      ...listOf(at(pod, 'status', 'containerStatuses')),
    ]) {
      const key = `${textOf(pod.metadata.uid)} ${textOf(status.name)}`;
      rememberPull(memory, key, status);
      const { reason, message } = recordOf(at(status, 'state', 'waiting'));
      if (isHookError(textOf(reason))) memory.failedHooks.set(key, textOf(message) || textOf(reason));
    }
  }
}

/** What is remembered of a pod, for those who look at one container after the other. */
export function momentsOf({ pulls, failedHooks }: WatchMemory, { metadata: { uid } }: KubeObject) {
  return {
    failedPulls: (container: string) => pulls.get(`${textOf(uid)} ${container}`),
    failedHook: (container: string) => failedHooks.get(`${textOf(uid)} ${container}`),
  };
}

function rememberPull({ pulls }: WatchMemory, key: string, status: JsonObject): void {
  const waiting = recordOf(at(status, 'state', 'waiting'));
  const before = pulls.get(key);
  if (waiting.reason === 'ErrImagePull') {
    const attempts = (before?.attempts ?? 0) + (before?.isShown === true ? 0 : 1);
    pulls.set(key, { error: textOf(waiting.message), attempts, isShown: true });
  } else if (before !== undefined) before.isShown = false;
}

export function restartsByPod(pods: KubeObject[]): Map<string, number> {
  return new Map(pods.map((pod) => [textOf(pod.metadata.uid), restartsOf(pod)]));
}
