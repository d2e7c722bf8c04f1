import type { PodUsage } from '../../../domain/pod-usage.ts';
import type { CountedUsage } from '../../cluster-usage.ts';
import { at, listOf, timeOf } from '../../json-reading.ts';
import type { KubeObject } from '../objects.ts';
import { podCondition } from '../pods.ts';
import { quantityOf } from '../quantity.ts';
import type { Measured } from './parse-usage.ts';

/** A kubelet counts every 10 s or so: two looks between that are one. */
const shortestMs = 1_000;

/** What has been taken since an earlier count; since the start of a pod where there is none. */
export function measuredSince(
  pods: readonly KubeObject[],
  counted: ReadonlyMap<string, CountedUsage>,
  earlier: ReadonlyMap<string, CountedUsage>,
): Map<string, Measured> {
  const found = new Map<string, Measured>();
  for (const { metadata, status } of pods) {
    const now = counted.get(metadata.name);
    if (now === undefined) continue;
    const before = earlier.get(metadata.name);
    const isLater = before !== undefined && now.atMs - before.atMs >= shortestMs;
    const since = isLater ? before : { cpuSeconds: 0, atMs: timeOf(at(status, 'startTime')) };
    const passedMs = now.atMs - since.atMs;
    if (!(passedMs > 0)) continue;
    const cpuMillis = ((now.cpuSeconds - since.cpuSeconds) * 1_000_000) / passedMs;
    found.set(metadata.name, { cpuMillis, memoryBytes: now.memoryBytes, sinceMs: since.atMs });
  }
  return found;
}

/** The average of those that were measured, beside what their manifest asks for. null: none was. */
export function usageOf(
  pods: readonly KubeObject[],
  measured: ReadonlyMap<string, Measured>,
  source: string,
): PodUsage | null {
  const found = pods.flatMap((pod) => {
    const one = measured.get(pod.metadata.name);
    return one === undefined
      ? []
      : [{ ...one, readyAtMs: timeOf(podCondition(pod, 'Ready').lastTransitionTime) }];
  });
  const [first] = pods;
  if (found.length === 0 || first === undefined) return null;
  const mean = (of: (one: Measured) => number) => found.reduce((sum, one) => sum + of(one), 0) / found.length;
  return {
    pods: found.length,
    cpuMillis: mean(({ cpuMillis }) => cpuMillis),
    memoryBytes: mean(({ memoryBytes }) => memoryBytes),
    source,
    isWithStart: found.some(({ sinceMs, readyAtMs }) => sinceMs < readyAtMs),
    cpuRequestMillis: thousandfold(amountOf(first, 'requests', 'cpu', 'some')),
    memoryLimitBytes: amountOf(first, 'limits', 'memory', 'all'),
  };
}

function thousandfold(cores: number | null): number | null {
  return cores === null ? null : cores * 1000;
}

/** Of all containers together; a limit that one of them does not have is none for the pod. */
function amountOf(
  pod: KubeObject,
  kind: 'requests' | 'limits',
  ...[resource, of]: [string, 'some' | 'all']
): number | null {
  const containers = listOf(at(pod, 'spec', 'containers'));
  const amounts = containers
    .map((container) => at(container, 'resources', kind, resource))
    .filter((amount) => amount !== undefined)
    .map(quantityOf);
  const isEnough = of === 'all' ? amounts.length === containers.length : amounts.length > 0;
  return isEnough ? amounts.reduce((sum, amount) => sum + amount, 0) : null;
}
