import type { Json } from '../../../domain/json.ts';
import type { CountedUsage } from '../../cluster-usage.ts';
import { at, listOf, textOf, timeOf } from '../../json-reading.ts';
import { quantityOf } from '../quantity.ts';

/** Of one pod. */
export interface Measured {
  cpuMillis: number;
  memoryBytes: number;
  /** When it begins what the cpu is an average of. */
  sinceMs: number;
}

/** By pod, of a list of `metrics.k8s.io`. */
export function parsePodMetrics(list: Json | undefined): Map<string, Measured> {
  const items = listOf(at(list, 'items'));
  return new Map(
    items.map((item) => {
      const containers = listOf(item.containers);
      const sum = (resource: string) =>
        containers.reduce((total, container) => total + quantityOf(at(container, 'usage', resource)), 0);
      const sinceMs = timeOf(item.timestamp) - windowMs(textOf(item.window));
      const measured = { cpuMillis: sum('cpu') * 1000, memoryBytes: sum('memory'), sinceMs };
      return [textOf(at(item, 'metadata', 'name')), measured];
    }),
  );
}

/** `30s`, `1m0.5s`, as Go writes it; NaN when it is none. */
function windowMs(text: string): number {
  const units = { h: 3_600_000, m: 60_000, s: 1_000 };
  const parts = [...text.matchAll(/([0-9.]+)([hms])/g)];
  if (parts.length === 0) return Number.NaN;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}

/** By pod of a namespace, from what a kubelet's cAdvisor tells: its line for the whole pod. Its cpu counts up. */
export function parseCadvisor(text: string, namespace: string): Map<string, CountedUsage> {
  const cpu = valuesOf(text, 'container_cpu_usage_seconds_total', namespace);
  const memory = valuesOf(text, 'container_memory_working_set_bytes', namespace);
  const found = new Map<string, CountedUsage>();
  for (const [pod, { value: cpuSeconds, atMs }] of cpu) {
    const memoryBytes = memory.get(pod)?.value;
    if (memoryBytes !== undefined) found.set(pod, { cpuSeconds, atMs, memoryBytes });
  }
  return found;
}

interface Value {
  value: number;
  atMs: number;
}

function valuesOf(text: string, metric: string, namespace: string): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${metric}{`)) continue;
    const labels = line.slice(0, line.indexOf('}'));
    const isWholePod = labels.includes('container=""') && labels.includes(`namespace="${namespace}"`);
    const pod = /[{,]pod="([^"]+)"/.exec(labels)?.[1];
    if (!isWholePod || pod === undefined) continue;
    const [value, time] = line
      .slice(labels.length + 1)
      .trim()
      .split(' ');
    const atMs = time === undefined ? Date.now() : Number(time);
    values.set(pod, { value: (values.get(pod)?.value ?? 0) + Number(value), atMs });
  }
  return values;
}
