import { type CauseClass, causeClasses } from './cause-class.ts';
import type { Json } from './json.ts';

/** A diagnosis as people look at it, read from what is stored of a failed rollout. */
export interface StoredDiagnosis {
  causes: StoredCause[];
  /** What the rollout has changed, a line a field. */
  changes: string[];
}

export interface StoredCause {
  /** undefined: of a kind that this version does not know. */
  class: CauseClass | undefined;
  workload: string;
  container: string | undefined;
  /** How many pods have it, of how many; undefined: no pod tells it. */
  pod: { count: number; of: number } | undefined;
  /** How its container ended last. */
  exitCode: number | undefined;
  message: string;
  hint: string | undefined;
  pods: StoredPod[];
  /** Of a pod that no node takes: what each has against it. */
  nodes: { node: string; cpu: string; memory: string; why: string[] }[];
}

export interface StoredPod {
  name: string;
  node: string | undefined;
  containers: { name: string; state: string; restarts: number }[];
  events: { at: string; reason: string; message: string; count: number }[];
  /** The end of its log, of the run that has failed. */
  lastWords: string | undefined;
}

/** The causes, the worst first, each once: all workloads of a deployment have the same. Unexpected parts are left out. */
export function readDiagnoses(evidence: readonly (Json | null)[]): StoredDiagnosis {
  const different = [...new Map(evidence.map((one) => [JSON.stringify(one), one])).values()];
  return {
    causes: different.flatMap((one) => listAt(one, 'causes').map(causeOf)),
    changes: different.flatMap((one) => listAt(one, 'changes').flatMap((line) => textOf(line) ?? [])),
  };
}

function causeOf(cause: Json): StoredCause {
  const evidence = field(cause, 'evidence');
  const nodes = listAt(field(evidence, 'placement'), 'nodes').map((row) => ({
    node: textOf(field(row, 'node')) ?? '',
    cpu: textOf(field(field(row, 'free'), 'cpu')) ?? '',
    memory: textOf(field(field(row, 'free'), 'memory')) ?? '',
    why: listAt(row, 'why').flatMap((reason) => textOf(reason) ?? []),
  }));
  const container = textOf(field(cause, 'container'));
  const [count, of] = [listAt(cause, 'pods').length, numberOf(field(cause, 'newPods'))];
  return {
    class: causeClasses.find((known) => known === field(cause, 'class')),
    workload: textOf(field(cause, 'workload')) ?? '',
    container,
    pod: count > 0 && of > 0 ? { count, of } : undefined,
    exitCode: listAt(evidence, 'pods')
      .map((pod) => exitCodeOf(pod, container))
      .find((code) => code !== undefined),
    message: textOf(field(cause, 'message')) ?? '',
    hint: textOf(field(cause, 'hint')),
    pods: listAt(evidence, 'pods').map(podOf),
    nodes,
  };
}

function exitCodeOf(pod: Json, container: string | undefined): number | undefined {
  // A task of a swarm is one container; 0 says that it has not ended.
  if (field(pod, 'kind') === 'task') return numberOf(field(pod, 'exitCode')) || undefined;
  const found = listAt(pod, 'containers').find((one) => field(one, 'name') === container);
  const codes = ['state', 'lastState'].map((state) =>
    field(field(field(found, state), 'terminated'), 'exitCode'),
  );
  return codes.find((code) => typeof code === 'number');
}

function podOf(pod: Json): StoredPod {
  const logs = field(pod, 'logs');
  return {
    name: textOf(field(pod, 'name')) ?? '',
    node: textOf(field(pod, 'node')),
    containers: listAt(pod, 'containers').map((container) => ({
      name: textOf(field(container, 'name')) ?? '',
      state: stateText(field(container, 'state'), field(container, 'lastState')),
      restarts: numberOf(field(container, 'restarts')),
    })),
    events: listAt(pod, 'events').map((event) => ({
      at: textOf(field(event, 'at')) ?? '',
      reason: textOf(field(event, 'reason')) ?? '',
      message: textOf(field(event, 'message')) ?? '',
      count: numberOf(field(event, 'count')),
    })),
    lastWords: textOf(field(logs, 'previous')) ?? textOf(field(logs, 'current')),
  };
}

/** `waiting: CrashLoopBackOff; before that: terminated: Error, exit code 3` */
function stateText(state: Json | undefined, last: Json | undefined): string {
  const before = oneState(last);
  return [oneState(state), ...(before === '' ? [] : [`before that: ${before}`])]
    .filter((text) => text !== '')
    .join('; ');
}

function oneState(state: Json | undefined): string {
  const [kind] = typeof state === 'object' && state !== null ? Object.keys(state) : [];
  if (kind === undefined) return '';
  const reason = textOf(field(field(state, kind), 'reason'));
  const exitCode = field(field(state, kind), 'exitCode');
  const parts = [reason, typeof exitCode === 'number' ? `exit code ${exitCode}` : undefined];
  const told = parts.filter((part) => part !== undefined).join(', ');
  return told === '' ? kind : `${kind}: ${told}`;
}

function field(value: Json | undefined, key: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[key] : undefined;
}

function listAt(value: Json | undefined, key: string): Json[] {
  const list = field(value, key);
  return Array.isArray(list) ? list : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
