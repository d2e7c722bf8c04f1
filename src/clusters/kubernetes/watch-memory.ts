import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import { restartsOf } from './pods.ts';

/** What a watcher has to remember of one workload, because no single look at the cluster shows it. */
export interface WatchMemory {
  /** When each trouble of each pod was first seen, by our clock: windows begin then. */
  readonly firstSeen: Map<string, number>;
  /** Why the last pull failed, by pod and container: gone from the status a moment later. */
  readonly pullErrors: Map<string, string>;
  /** Set while everything is healthy: since when, and how often each pod had restarted then. */
  healthy: { since: number; restarts: ReadonlyMap<string, number> } | undefined;
}

export function newMemory(): WatchMemory {
  return { firstSeen: new Map(), pullErrors: new Map(), healthy: undefined };
}

/** To be called with every state that is seen. */
export function rememberPulls(memory: WatchMemory, pods: KubeObject[]): void {
  for (const pod of pods) {
    for (const status of [
      ...listOf(at(pod, 'status', 'initContainerStatuses')),
      ...listOf(at(pod, 'status', 'containerStatuses')),
    ]) {
      const waiting = recordOf(at(status, 'state', 'waiting'));
      if (waiting.reason === 'ErrImagePull') {
        memory.pullErrors.set(`${textOf(pod.metadata.uid)} ${textOf(status.name)}`, textOf(waiting.message));
      }
    }
  }
}

export function restartsByPod(pods: KubeObject[]): Map<string, number> {
  return new Map(pods.map((pod) => [textOf(pod.metadata.uid), restartsOf(pod)]));
}
