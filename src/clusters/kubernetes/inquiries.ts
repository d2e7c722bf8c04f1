import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../domain/json.ts';
import { at } from '../json-reading.ts';
import { defaultBudgets } from './budgets.ts';
import type { EvidenceReader } from './evidence.ts';
import { failedHook } from './failed-hook.ts';
import type { KubeObject } from './objects.ts';
import { placementHint, placementSummary } from './placement.ts';
import type { Trouble } from './pod-trouble.ts';
import { containerViews, lastEndOf } from './pods.ts';
import type { PodsInTrouble } from './pods-in-trouble.ts';
import { probeHint, probeSummary, probeWords } from './probe-finding.ts';
import { factsSummary, isPullTrouble, pullFinding } from './pull-finding.ts';
import { pullTrouble } from './pull-trouble.ts';
import { killedByProbe } from './readiness.ts';

/** A trouble after somebody else than the pod was asked, and what that said. */
export interface Inquiry {
  trouble: Pick<Trouble, 'class' | 'container' | 'message' | 'hint'>;
  asked: JsonObject;
}

/**
 * Asks whoever knows the other half of the truth: the registry about an image, the pod itself about its probe, nodes
 * about their room, the kubelet whether an end was its doing.
 */
export async function inquireInto(
  reader: EvidenceReader,
  { trouble, pods: [pod] }: PodsInTrouble,
  signal: AbortSignal,
): Promise<Inquiry> {
  const found = pod === undefined ? null : await inquire(reader, { trouble, pod }, signal);
  return found ?? { trouble, asked: {} };
}

type Troubled = { trouble: Trouble; pod: KubeObject };

async function inquire(
  reader: EvidenceReader,
  { trouble, pod }: Troubled,
  signal: AbortSignal,
): Promise<Inquiry | null> {
  if (isPullTrouble(trouble)) return askRegistry(reader, { trouble, pod }, signal);
  if (trouble.class === 'never-ready') return askPod(reader, { trouble, pod }, signal);
  if (trouble.class === 'unschedulable') return askNodes(reader, { trouble, pod }, signal);
  if (trouble.class === 'crash') return askKubelet(reader, { trouble, pod }, signal);
  return null;
}

async function askRegistry(
  reader: EvidenceReader,
  { trouble, pod }: Troubled,
  signal: AbortSignal,
): Promise<Inquiry | null> {
  const { container } = trouble;
  const [told, facts] = await Promise.all([
    trouble.isUnexplained ? lateReason(reader, { trouble, pod }, signal) : trouble,
    reader.pull(pod, container, signal),
  ]);
  if (facts === null) return { trouble: told, asked: {} };
  return {
    trouble: { container, ...pullFinding(told, facts) },
    asked: { registry: factsSummary(facts) },
  };
}

/** Why a pull failed, once the kubelet has said so. */
async function lateReason(
  reader: EvidenceReader,
  { trouble, pod }: Troubled,
  signal: AbortSignal,
): Promise<Trouble> {
  const view = containerViews(pod).find(({ name }) => name === trouble.container);
  if (view === undefined) return trouble;
  const found = await lookForEvents(reader, { pod, signal }, (events) => {
    const seen = pullTrouble(view, { budgets: defaultBudgets, events, failedPulls: () => undefined });
    return seen.isUnexplained ? undefined : seen;
  });
  return found ?? trouble;
}

async function askPod(
  reader: EvidenceReader,
  { trouble, pod }: Troubled,
  signal: AbortSignal,
): Promise<Inquiry | null> {
  const answer = await reader.probe(pod, trouble.container, signal);
  if (answer === null) return null;
  // The kubelet's own words come late where its node is busy.
  const words = trouble.message.includes('; last answer: ') ? '' : `; ${probeWords(answer)}`;
  return {
    trouble: { ...trouble, message: `${trouble.message}${words}`, hint: probeHint(answer) },
    asked: { probe: probeSummary(answer) },
  };
}

async function askNodes(
  reader: EvidenceReader,
  { trouble, pod }: Troubled,
  signal: AbortSignal,
): Promise<Inquiry | null> {
  if (trouble.isOfTemplate) {
    const told = await reader.namedNode({ trouble, pod }, signal);
    return told === null ? null : { trouble: told, asked: {} };
  }
  const placement = await reader.placement(pod, signal);
  if (placement === null) return null;
  const hint = placementHint(placement) ?? trouble.hint;
  return { trouble: { ...trouble, hint }, asked: { placement: placementSummary(pod, placement) } };
}

const mostLooks = 4;
const lookMs = 700;

async function askKubelet(
  reader: EvidenceReader,
  { trouble, pod }: Troubled,
  signal: AbortSignal,
): Promise<Inquiry | null> {
  const view = containerViews(pod).find(({ name }) => name === trouble.container);
  const canBeKilled = view?.spec.livenessProbe !== undefined || at(view?.spec, 'lifecycle', 'postStart');
  if (view === undefined || !canBeKilled) return null;
  if (![0, 137, 143].includes(Number(lastEndOf(view).exitCode))) return null;
  const found = await lookForEvents(reader, { pod, signal }, (events) => {
    const seen = killedByProbe(view, events, failedHook(view, { events }, trouble));
    return seen === trouble ? undefined : seen;
  });
  return found === undefined ? null : { trouble: found, asked: {} };
}

/** Kubelets tell of their doings with a delay. */
async function lookForEvents(
  reader: EvidenceReader,
  { pod, signal }: { pod: KubeObject; signal: AbortSignal },
  find: (events: KubeObject[]) => Trouble | undefined,
): Promise<Trouble | undefined> {
  for (let look = 0; look < mostLooks; look++) {
    const found = find(await reader.events(String(pod.metadata.uid), signal));
    if (found !== undefined) return found;
    if (look + 1 < mostLooks) await delay(lookMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
