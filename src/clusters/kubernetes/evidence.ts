import type { Json, JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf, timeOf } from '../json-reading.ts';
import type { RegistryAsker } from '../registry-asker.ts';
import type { LogLine } from '../telling-line.ts';
import type { Api } from './api.ts';
import { withoutNode } from './named-node.ts';
import type { KubeObject } from './objects.ts';
import { explainPlacement, type Placement } from './placement.ts';
import type { Trouble } from './pod-trouble.ts';
import { containerViews } from './pods.ts';
import { askProbe, type ProbeAnswer } from './probe-answer.ts';
import { inquire, type PullFacts } from './pull-inquiry.ts';
import { withoutAccount } from './pull-trouble.ts';

/** Reads what explains a failure. Best effort: what cannot be had in time is left out, and never a reason to fail. */
export interface EvidenceReader {
  /** Events about an object, oldest first. */
  events(uid: string, signal: AbortSignal): Promise<KubeObject[]>;
  /** The last lines of a container, of its previous run and of this one. */
  logs(pod: string, container: string, signal: AbortSignal): Promise<ContainerLogs>;
  /** What its registry says of a container's image; null: it cannot be asked. */
  pull(pod: KubeObject, container: string | null, signal: AbortSignal): Promise<PullFacts | null>;
  /** What a container's HTTP probe is answered when we ask it; null: it has none, or we may not ask. */
  probe(pod: KubeObject, container: string | null, signal: AbortSignal): Promise<ProbeAnswer | null>;
  /** What is to be said of a pod that names a node which is not there; null: it is there, or may not be read. */
  namedNode(troubled: { trouble: Trouble; pod: KubeObject }, signal: AbortSignal): Promise<Trouble | null>;
  /** What each node has against a pod; null: they may not be read. */
  placement(pod: KubeObject, signal: AbortSignal): Promise<Placement | null>;
}

export interface ContainerLogs {
  previous: LogLine[];
  current: LogLine[];
}

/** Enough that a complaint is among them which the engine read before what else was written at the same moment. */
const logLines = '500';
/** The kubelet counts from the first of the lines and leaves out the last ones: a guard, never to be reached. */
const logBytes = `${4 * 2 ** 20}`;
const keptUnits = 32_768;

export function createEvidenceReader(
  api: Api,
  namespace: string,
  asker: RegistryAsker | null = null,
): EvidenceReader {
  const base = `/api/v1/namespaces/${namespace}`;
  const log = async (pod: string, which: Record<string, string>, signal: AbortSignal) => {
    const query = { ...which, timestamps: 'true', tailLines: logLines, limitBytes: logBytes };
    return linesOf(await orNothing(api.text({ path: `${base}/pods/${pod}/log`, query }, signal), ''));
  };
  return {
    async events(uid, signal) {
      const query = { fieldSelector: `involvedObject.uid=${uid}` };
      const list = await orNothing(api.call({ path: `${base}/events`, query }, signal), null);
      const events = listOf(at(list, 'items')).map((item) => ({ apiVersion: 'v1', kind: 'Event', ...item }));
      return (events as KubeObject[]).toSorted((left, right) =>
        lastTime(left).localeCompare(lastTime(right)),
      );
    },
    async logs(pod, container, signal) {
      const [previous, current] = await Promise.all([
        log(pod, { container, previous: 'true' }, signal),
        log(pod, { container }, signal),
      ]);
      return { previous, current };
    },
    async pull(pod, container, signal) {
      if (asker === null) return null;
      return orNothing(inquire({ api, namespace, asker }, { pod, container }, signal), null);
    },
    async placement(pod, signal) {
      return orNothing(explainPlacement({ api, namespace }, pod, signal), null);
    },
    async namedNode(troubled, signal) {
      return orNothing(withoutNode(api, troubled, signal), null);
    },
    async probe(pod, container, signal) {
      return orNothing(askProbe({ api, namespace }, { pod, container }, signal), null);
    },
  };
}

/** Each line begins with its time. */
function linesOf(log: string): LogLine[] {
  return log.split('\n').flatMap((line) => {
    const [time = ''] = line.split(' ', 1);
    const at = Date.parse(time);
    return Number.isNaN(at) ? [] : [{ at, text: line.slice(time.length + 1) }];
  });
}

/** The end of a log, as it is kept with a diagnosis. */
export function logSummary({ previous, current }: ContainerLogs): JsonObject {
  const textOfLines = (lines: LogLine[]) =>
    lines
      .map(({ text }) => `${text}\n`)
      .join('')
      .slice(-keptUnits);
  return { previous: textOfLines(previous), current: textOfLines(current) };
}

/** A log that is not there is an answer of its own (400); so is a permission that is missing. */
async function orNothing<T>(reading: Promise<T>, nothing: T): Promise<T> {
  return reading.catch(() => nothing);
}

function lastTime(event: JsonObject): string {
  return (
    textOf(event.lastTimestamp) ||
    textOf(event.eventTime) ||
    textOf(at(event, 'metadata', 'creationTimestamp'))
  );
}

/** An event as it is kept with a diagnosis. */
export function eventSummary(event: KubeObject): JsonObject {
  return {
    at: lastTime(event),
    type: textOf(event.type),
    reason: textOf(event.reason),
    message: withoutAccount(textOf(event.message)),
    count: event.count ?? 1,
  };
}

/** Whether an event tells of now, and not of a rollout before. */
export function isSince(event: KubeObject, appliedAt: string): boolean {
  return timeOf(lastTime(event)) >= timeOf(appliedAt);
}

/** The states of a pod's containers, without what may hold secrets: environment and arguments. */
export function podSummary(pod: KubeObject): JsonObject {
  return {
    name: pod.metadata.name,
    node: textOf(at(pod, 'spec', 'nodeName')),
    phase: textOf(at(pod, 'status', 'phase')),
    containers: containerViews(pod).map(
      ({ name, spec, status }): Json => ({
        name,
        image: textOf(spec.image),
        ready: status.ready === true,
        restarts: status.restartCount ?? 0,
        state: stateSummary(status.state),
        lastState: stateSummary(status.lastState),
      }),
    ),
  };
}

/** `{ waiting: { reason, message } }` */
function stateSummary(state: unknown): JsonObject {
  const entries = Object.entries(recordOf(state)).map(([kind, details]) => {
    const { message, ...others } = recordOf(details);
    return [kind, message === undefined ? others : { ...others, message: withoutAccount(textOf(message)) }];
  });
  return Object.fromEntries(entries);
}
