import type { JsonObject } from './json.ts';

/** What the pods of a version take, on average. */
export interface PodUsage extends JsonObject {
  /** How many of them were measured. */
  pods: number;
  /** Thousandths of a core, for each pod. */
  cpuMillis: number;
  /** For each pod. */
  memoryBytes: number;
  /** `metrics.k8s.io`; `cadvisor`, whose cpu is the average since a pod's start. */
  source: string;
}

/** One line; undefined where nothing was measured afterwards and nothing before. */
export function usageText(before: PodUsage | null, after: PodUsage | null): string | undefined {
  if (before === null && after === null) return undefined;
  const cpu = change(before, after, ({ cpuMillis }) => `${Math.round(cpuMillis)}m`);
  const memory = change(before, after, ({ memoryBytes }) => `${(memoryBytes / 1024 ** 2).toFixed(1)}Mi`);
  const source = (after ?? before)?.source;
  return `each pod takes: cpu ${cpu}, memory ${memory} (${source})`;
}

function change(before: PodUsage | null, after: PodUsage | null, text: (usage: PodUsage) => string): string {
  const now = after === null ? 'no data yet' : text(after);
  return before === null ? now : `${text(before)} before, ${now} now`;
}
