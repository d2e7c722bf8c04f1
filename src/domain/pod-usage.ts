import type { Json, JsonObject } from './json.ts';

/** What the pods of a version take, on average. */
export interface PodUsage extends JsonObject {
  /** How many of them were measured. */
  pods: number;
  /** Thousandths of a core, for each pod. */
  cpuMillis: number;
  /** For each pod. */
  memoryBytes: number;
  /** `metrics.k8s.io`, `cadvisor` */
  source: string;
  /** Whether the time from a pod's start until it was ready is in its cpu. */
  isWithStart?: boolean;
  /** What the manifest asks for, for each pod; null: nothing, or no limit. */
  cpuRequestMillis?: number | null;
  memoryLimitBytes?: number | null;
}

/** The middle one of what was measured after the start; where there is none, the last one with it. */
export function typicalUsage(measured: readonly PodUsage[]): PodUsage | null {
  const settled = measured.filter(({ isWithStart }) => isWithStart !== true);
  const [last = null] = measured.toReversed();
  if (settled.length === 0 || last === null) return last;
  const middle = (of: (usage: PodUsage) => number) =>
    settled.map(of).toSorted((left, right) => left - right)[Math.floor((settled.length - 1) / 2)] ?? 0;
  const [cpuMillis, memoryBytes] = [middle((one) => one.cpuMillis), middle((one) => one.memoryBytes)];
  return { ...last, isWithStart: false, cpuMillis, memoryBytes };
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
  const memory = (usage: PodUsage | null) => (usage === null ? null : mebibytes(usage.memoryBytes));
  return {
    cpu: { before: cpu(before), after: cpu(after) },
    memory: { before: memory(before), after: memory(after) },
  };
}

/** One line; undefined where nothing was measured afterwards and nothing before. */
export function usageText(before: PodUsage | null, after: PodUsage | null): string | undefined {
  const last = after ?? before;
  if (last === null) return undefined;
  const { cpu, memory } = textsOf(before, after);
  const request = numberOr(last.cpuRequestMillis, (millis) => ` (request ${Math.round(millis)}m)`);
  const limit = numberOr(last.memoryLimitBytes, (bytes) => ` (limit ${mebibytes(bytes)})`);
  const start = after?.isWithStart === true ? '; its start counts' : '';
  return `each pod takes: cpu ${change(cpu)}${request}, memory ${change(memory)}${limit} (${last.source}${start})`;
}

function numberOr(value: number | null | undefined, text: (value: number) => string): string {
  return value === null || value === undefined ? '' : text(value);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)}Mi`;
}

function change({ before, after }: UsageTexts['cpu']): string {
  const now = after ?? 'no data yet';
  return before === null ? now : `${before} before, ${now} now`;
}
