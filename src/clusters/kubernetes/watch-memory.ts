import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Missing } from './missing.ts';
import type { KubeObject } from './objects.ts';
import { restartsOf } from './pods.ts';

/** What a watcher has to remember of one workload, because no single look at the cluster shows it. */
export interface WatchMemory {
  /** When each trouble of each pod was first seen, by our clock: windows begin then. */
  readonly firstSeen: Map<string, number>;
  /** By pod and container: each shows in the status for a moment only. */
  readonly pulls: Map<string, FailedPulls>;
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
    ...{ firstSeen: new Map(), pulls: new Map(), ending: new Map() },
    ...{ overdue: [], mended: new Set(), healthy: undefined },
  };
}

/** To be called with every state that is seen. */
export function rememberPulls(memory: WatchMemory, pods: KubeObject[]): void {
  for (const pod of pods) {
    for (const status of [
      ...listOf(at(pod, 'status', 'initContainerStatuses')),
      ...listOf(at(pod, 'status', 'containerStatuses')),
    ]) {
      rememberPull(memory, `${textOf(pod.metadata.uid)} ${textOf(status.name)}`, status);
    }
  }
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
