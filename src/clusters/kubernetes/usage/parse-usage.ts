import type { Json } from '../../../domain/json.ts';
import { at, listOf, textOf } from '../../json-reading.ts';

/** Of one pod. */
export interface Measured {
  cpuMillis: number;
  memoryBytes: number;
}

/** By pod, of a list of `metrics.k8s.io`. */
export function parsePodMetrics(list: Json | undefined): Map<string, Measured> {
  const items = listOf(at(list, 'items'));
  return new Map(
    items.map((item) => {
      const containers = listOf(item.containers);
      const sum = (resource: string) =>
        containers.reduce(
          (total, container) => total + quantity(textOf(at(container, 'usage', resource))),
          0,
        );
      const measured = { cpuMillis: sum('cpu') * 1000, memoryBytes: sum('memory') };
      return [textOf(at(item, 'metadata', 'name')), measured];
    }),
  );
}

const factors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, '': 1 },
};

/** `12345n`, `20Mi`; NaN when it is none. */
export function quantity(text: string): number {
  const [, number, unit = ''] = /^([0-9.]+(?:e[0-9]+)?)([A-Za-z]*)$/.exec(text) ?? [];
  return Number(number) * (factors[unit] ?? Number.NaN);
}

/**
 * Of pods of a namespace, from what a kubelet's cAdvisor tells: its line for the whole pod. Its cpu is a counter since
 * the pod's start, and so becomes an average over `secondsOf` of a pod.
 */
export function parseCadvisor(
  text: string,
  { namespace, secondsOf }: { namespace: string; secondsOf: ReadonlyMap<string, number> },
): Map<string, Measured> {
  const cpu = valuesOf(text, 'container_cpu_usage_seconds_total', namespace);
  const memory = valuesOf(text, 'container_memory_working_set_bytes', namespace);
  const found = new Map<string, Measured>();
  for (const [pod, seconds] of secondsOf) {
    const [used, memoryBytes] = [cpu.get(pod), memory.get(pod)];
    if (used === undefined || memoryBytes === undefined || seconds <= 0) continue;
    found.set(pod, { cpuMillis: (used / seconds) * 1000, memoryBytes });
  }
  return found;
}

function valuesOf(text: string, metric: string, namespace: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${metric}{`)) continue;
    const labels = line.slice(0, line.indexOf('}'));
    const isWholePod = labels.includes('container=""') && labels.includes(`namespace="${namespace}"`);
    const pod = /[{,]pod="([^"]+)"/.exec(labels)?.[1];
    if (!isWholePod || pod === undefined) continue;
    const [value] = line
      .slice(labels.length + 1)
      .trim()
      .split(' ');
    values.set(pod, (values.get(pod) ?? 0) + Number(value));
  }
  return values;
}
