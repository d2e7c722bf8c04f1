import type { Json, JsonObject } from './json.ts';

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

/** For people; null: nothing was measured. */
export interface UsageTexts {
  cpu: { before: string | null; after: string | null };
  memory: { before: string | null; after: string | null };
}

/** What a deploy step has left of it; undefined where nothing was measured. */
export function readUsage(output: JsonObject | null): UsageTexts | undefined {
  const usage = output?.usage;
  if (typeof usage !== 'object' || usage === null || Array.isArray(usage)) return undefined;
  const [before, after] = [toUsage(usage.before), toUsage(usage.after)];
  return before === null && after === null ? undefined : textsOf(before, after);
}

function toUsage(value: Json | undefined): PodUsage | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { pods, cpuMillis, memoryBytes, source } = value;
  const isUsage = typeof cpuMillis === 'number' && typeof memoryBytes === 'number';
  return isUsage ? { pods: Number(pods), cpuMillis, memoryBytes, source: String(source) } : null;
}

function textsOf(before: PodUsage | null, after: PodUsage | null): UsageTexts {
  const cpu = (usage: PodUsage | null) => (usage === null ? null : `${Math.round(usage.cpuMillis)}m`);
  const memory = (usage: PodUsage | null) =>
    usage === null ? null : `${(usage.memoryBytes / 1024 ** 2).toFixed(1)}Mi`;
  return {
    cpu: { before: cpu(before), after: cpu(after) },
    memory: { before: memory(before), after: memory(after) },
  };
}

/** One line; undefined where nothing was measured afterwards and nothing before. */
export function usageText(before: PodUsage | null, after: PodUsage | null): string | undefined {
  if (before === null && after === null) return undefined;
  const { cpu, memory } = textsOf(before, after);
  const source = (after ?? before)?.source;
  return `each pod takes: cpu ${change(cpu)}, memory ${change(memory)} (${source})`;
}

function change({ before, after }: UsageTexts['cpu']): string {
  const now = after ?? 'no data yet';
  return before === null ? now : `${before} before, ${now} now`;
}
