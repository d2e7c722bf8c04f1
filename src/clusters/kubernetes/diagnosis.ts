import { advise } from '../../domain/hint.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Cause, Diagnosis } from '../cluster.ts';
import { healthyByNow } from '../healthy-by-now.ts';
import { textOf } from '../json-reading.ts';
import { tellingLine } from '../telling-line.ts';
import {
  type ContainerLogs,
  type EvidenceReader,
  eventSummary,
  isSince,
  logSummary,
  podSummary,
} from './evidence.ts';
import { inquireInto } from './inquiries.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';
import { containerViews, logOfLastEnd } from './pods.ts';
import type { PodsInTrouble } from './pods-in-trouble.ts';

/** A workload whose rollout did not succeed, and what is known about it. */
export interface FailedWorkload {
  name: string;
  uid: string;
  /** When the rollout was applied, by the cluster's clock: what was told of the workload before is of another one. */
  appliedAt: string;
  troubles: PodsInTrouble[];
  newPods: number;
  /** Where its status stands: the cause when nothing better is known, and what a deadline adds. */
  text: string;
  /** What kept it from waiting on, and the class of a cause that no pod tells; null: it could have waited. */
  limit: 'deadline' | 'no-activity' | null;
  /** Others are rolled out with it: which one failed has to be said. */
  isOneOfSeveral?: boolean;
}

/** Of a workload that nothing has happened to for so long. */
export function idle(failure: FailedWorkload, idleMs: number): FailedWorkload {
  const text = `${failure.text}; nothing has changed for ${Math.round(idleMs / 1000)} s`;
  return { ...failure, text, limit: 'no-activity' };
}

/** How many causes and pods are looked into; more say the same again. */
const mostCauses = 3;
const mostPods = 2;
const evidenceMs = 10_000;
const foreignHint = advise('other-processor');

/** Gathers logs and events for the worst troubles and puts the first into one line. */
export async function diagnoseFailure(
  reader: EvidenceReader,
  workloads: FailedWorkload[],
  signal: AbortSignal,
): Promise<Diagnosis> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(evidenceMs)]);
  const causes = (await Promise.all(workloads.map((workload) => causesOf(reader, workload, limited)))).flat();
  signal.throwIfAborted();
  const [worst, worstCause] = [workloads[0], causes[0]];
  if (worst === undefined || worstCause === undefined) return healthyByNow;
  const prefix = workloads.length > 1 || worst.isOneOfSeveral === true ? `${worst.name}: ` : '';
  const deadline = worst.limit !== null && worst.troubles.length > 0 ? ` (${worst.text})` : '';
  return { headline: `${prefix}${worstCause.message}${deadline}`.replaceAll(/\s+/g, ' '), causes };
}

async function causesOf(
  reader: EvidenceReader,
  workload: FailedWorkload,
  signal: AbortSignal,
): Promise<Cause[]> {
  if (workload.troubles.length === 0) {
    const events = await eventsOf(reader, workload, signal);
    const common = { workload: workload.name, container: null, pods: [], hint: null };
    return [
      {
        ...common,
        class: workload.limit ?? 'incomplete',
        message: workload.text,
        evidence: { events },
      },
    ];
  }
  return Promise.all(
    workload.troubles.slice(0, mostCauses).map((entry) => causeOf(reader, { workload, entry }, signal)),
  );
}

async function causeOf(
  reader: EvidenceReader,
  { workload, entry }: { workload: FailedWorkload; entry: PodsInTrouble },
  signal: AbortSignal,
): Promise<Cause> {
  const { pods } = entry;
  const [seen, { trouble, asked }] = await Promise.all([
    Promise.all(
      pods.slice(0, mostPods).map((pod) => readPod(reader, { pod, trouble: entry.trouble }, signal)),
    ),
    inquireInto(reader, entry, signal),
  ]);
  const lastLine =
    trouble.class === 'crash' || trouble.class === 'incomplete'
      ? seen.map(({ lastLine: line }) => line).find(Boolean)
      : undefined;
  const count = pods.length === 0 ? '' : `${pods.length} of ${workload.newPods} new pods: `;
  // Nothing but its own events tells of what keeps a workload from having pods at all.
  const own = pods.length === 0 ? { events: await eventsOf(reader, workload, signal) } : {};
  return {
    class: trouble.class,
    workload: workload.name,
    container: trouble.container,
    pods: pods.map((pod) => pod.metadata.name),
    ...(pods.length > 0 && { newPods: workload.newPods }),
    message: `${count}${trouble.message}${lastLine === undefined ? '' : `; last line: ${lastLine}`}`,
    hint: seen.some(({ isForeign }) => isForeign) ? foreignHint : trouble.hint,
    evidence: { pods: seen.map(({ evidence }) => evidence), ...own, ...asked },
  };
}

async function eventsOf(
  reader: EvidenceReader,
  { uid, appliedAt }: FailedWorkload,
  signal: AbortSignal,
): Promise<JsonObject[]> {
  const events = await reader.events(uid, signal);
  return events.filter((event) => isSince(event, appliedAt)).map(eventSummary);
}

async function readPod(
  reader: EvidenceReader,
  { pod, trouble }: { pod: KubeObject; trouble: Trouble },
  signal: AbortSignal,
): Promise<{ evidence: JsonObject; lastLine: string | undefined; isForeign: boolean }> {
  const { container } = trouble;
  const nothing: ContainerLogs = { previous: [], current: [] };
  const [events, logs] = await Promise.all([
    reader.events(textOf(pod.metadata.uid), signal),
    container === null ? nothing : reader.logs(pod.metadata.name, container, signal),
  ]);
  const view = containerViews(pod).find(({ name }) => name === container);
  const isRunning = trouble.class === 'incomplete';
  const last = view === undefined || isRunning ? logs.current : logOfLastEnd(view, logs);
  return {
    evidence: { ...podSummary(pod), events: events.map(eventSummary), logs: logSummary(logs) },
    lastLine: tellingLine(last),
    isForeign: last.slice(-5).some(({ text }) => /exec format error/i.test(text)),
  };
}
