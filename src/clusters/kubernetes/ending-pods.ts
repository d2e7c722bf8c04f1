import { advise } from '../../domain/hint.ts';
import { at, numberOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';
import { containerViews, isEnding } from './pods.ts';
import type { WatchMemory } from './watch-memory.ts';

/** Beyond its own grace: nodes are slow at times. */
const marginMs = 30_000;

/**
 * Pods that are told to end and do not: kept by a finalizer, or by a node that does not do its part. Never a reason to
 * fail; what waits for them is told why it waits.
 * @param now our clock; `memory` keeps since when each is seen to end
 */
export function neverEnding(pods: KubeObject[], { ending }: WatchMemory, now: number): Trouble[] {
  const leaving = pods.filter(isEnding);
  const seen = new Map(leaving.map((pod) => [uidOf(pod), ending.get(uidOf(pod)) ?? now]));
  ending.clear();
  for (const [uid, since] of seen) ending.set(uid, since);
  return leaving.flatMap((pod) => {
    const overdueMs = now - (seen.get(uidOf(pod)) ?? now) - graceMs(pod);
    const finalizers = finalizersOf(pod);
    const isHeld = finalizers.length > 0 && containerViews(pod).every(hasEnded);
    return isHeld || overdueMs > marginMs ? [describe(pod, finalizers)] : [];
  });
}

/** What only lacks room is borne while pods of the workload still end, in the time that they have for it. */
export function borneWhileOthersEnd(
  trouble: Trouble,
  pods: readonly KubeObject[],
  { memory, now }: { memory: WatchMemory; now: number },
): Trouble {
  const mayLackRoom = trouble.class === 'unschedulable' || trouble.class === 'quota';
  const lacksRoom = mayLackRoom && trouble.isOfTemplate === undefined;
  const isInTime = (pod: KubeObject) =>
    isEnding(pod) && now - (memory.ending.get(uidOf(pod)) ?? now) <= graceMs(pod) + marginMs;
  if (!lacksRoom || !pods.some(isInTime)) return trouble;
  const hint = advise('room-may-come');
  return { ...trouble, hint, toleranceMs: Number.POSITIVE_INFINITY, borneFor: 'ending-pods' };
}

function describe(pod: KubeObject, finalizers: string[]): Trouble {
  const { name } = pod.metadata;
  const node = textOf(at(pod, 'spec', 'nodeName')) || 'none';
  const isHeld = finalizers.length > 0;
  return {
    class: 'incomplete',
    container: null,
    message: isHeld
      ? `pod ${name} does not end: kept by its finalizer ${finalizers.join(', ')}`
      : `pod ${name} does not end: its grace of ${graceMs(pod) / 1000} s is over, and node ${node} has not ended it`,
    hint: isHeld ? advise('finalizer') : advise('pod-unended', { node, pod: name }),
    toleranceMs: Number.POSITIVE_INFINITY,
  };
}

function graceMs(pod: KubeObject): number {
  return numberOf(pod.metadata.deletionGracePeriodSeconds, 30) * 1000;
}

function finalizersOf(pod: KubeObject): string[] {
  const { finalizers } = pod.metadata;
  return Array.isArray(finalizers) ? finalizers.map(textOf) : [];
}

function hasEnded({ status }: ReturnType<typeof containerViews>[number]): boolean {
  return at(status, 'state', 'terminated') !== undefined;
}

function uidOf(pod: KubeObject): string {
  return textOf(pod.metadata.uid);
}
