import { advise, type Hint } from '../../domain/hint.ts';
import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { PodContext, Trouble } from './pod-trouble.ts';
import { type ContainerView, lastEndOf, lifetimeSeconds } from './pods.ts';

/**
 * A container that runs and does not become ready: nothing in its state says that anything is wrong. Only probes
 * can keep it so.
 */
export function neverReady(container: ContainerView, { budgets, events }: PodContext): Trouble | undefined {
  const { spec, status, name, isInit } = container;
  const startedAt = textOf(at(status, 'state', 'running', 'startedAt'));
  if (isInit || startedAt === '' || status.ready === true) return undefined;
  const { kind, probe } = waitedProbe(container);
  const last = lastAnswer(events, kind, name);
  return {
    class: 'never-ready',
    container: name,
    message: `container \`${name}\` runs since ${startedAt} but its ${kind} probe (${describeProbe(probe)}) does not succeed${last}`,
    hint: waitedHint(container, probe),
    toleranceMs: Math.max(budgets.neverReadyMs, budgets.probeFactor * probeMs(spec)),
  };
}

function waitedHint({ spec }: ContainerView, probe: JsonObject): Hint {
  if (probe.exec !== undefined) return advise('probe-command');
  const port = at(probe, 'httpGet', 'port') ?? at(probe, 'tcpSocket', 'port');
  const isNamed = typeof port === 'string' && !listOf(spec.ports).some(({ name }) => name === port);
  return isNamed ? advise('probe-port-name', { port }) : advise('probe-path');
}

/** The probe that keeps a container which runs from being ready. */
export function waitedProbe({ spec, status }: ContainerView): {
  kind: 'startup' | 'readiness';
  probe: JsonObject;
} {
  const isStarting = spec.startupProbe !== undefined && status.started === false;
  return isStarting
    ? { kind: 'startup', probe: recordOf(spec.startupProbe) }
    : { kind: 'readiness', probe: recordOf(spec.readinessProbe) };
}

/** What looks like a crash is the kubelet's doing when a probe has failed: its event says so. */
export function killedByProbe(
  container: ContainerView,
  events: KubeObject[],
  crash: Trouble | undefined,
): Trouble | undefined {
  const { spec, name } = container;
  if (crash === undefined) return undefined;
  const kind =
    killingProbe(events, name) ?? (crash.class === 'crash' ? likelyProbe(container, events) : undefined);
  if (kind === undefined) return crash;
  const probe = describeProbe(recordOf(spec[`${kind}Probe`]));
  const last = lastAnswer(events, kind, name);
  const why = kind === 'startup' ? 'does not succeed in time' : 'fails';
  return {
    ...crash,
    class: 'never-ready',
    message: `container \`${name}\` is killed because its ${kind} probe (${probe}) ${why}${last}`,
    hint: killedHints[kind],
  };
}

const killedHints = {
  startup: advise('startup-probe'),
  liveness: advise('liveness-probe'),
};

function killingProbe(events: KubeObject[], container: string): keyof typeof killedHints | undefined {
  const text = (kind: string) => `ontainer ${container} failed ${kind} probe, will be restarted`;
  return (['startup', 'liveness'] as const).find((kind) =>
    events.some(({ reason, message }) => reason === 'Killing' && textOf(message).includes(text(kind))),
  );
}

/**
 * A kubelet tells no more of a pod once it has told much of it (25 events, then one in five minutes), so that of a
 * probe which failed often only failures are told. Then it killed what ended as something that is told to end.
 */
function likelyProbe(container: ContainerView, events: KubeObject[]): keyof typeof killedHints | undefined {
  const { spec, name } = container;
  const end = lastEndOf(container);
  if (![137, 143, 0].includes(numberOf(end.exitCode, -1))) return undefined;
  const hasFailed = (kind: string) => events.some((event) => isFailureOf(event, kind, name));
  if (spec.livenessProbe !== undefined && hasFailed('liveness')) return 'liveness';
  const isLongEnough = lifetimeSeconds(end) * 1000 >= failingMs(spec.startupProbe) * 0.8;
  return spec.startupProbe !== undefined && isLongEnough && hasFailed('startup') ? 'startup' : undefined;
}

function lastAnswer(events: KubeObject[], kind: string, container: string): string {
  const failure = events.findLast((event) => isFailureOf(event, kind, container));
  const answer = answerOf(textOf(failure?.message));
  return answer === '' ? '' : `; last answer: ${answer}`;
}

/** That it is the answer of a probe is said before; of a command that cannot be run, the engine says all it has tried. */
function answerOf(text: string): string {
  return text
    .trim()
    .replace(/^\w+ probe \w+:\s*/, '')
    .replace(/^.*OCI runtime exec failed: .*?(?=exec: ")/s, '')
    .replace(/: unknown$/, '');
}

function isFailureOf(event: KubeObject, probe: string, container: string): boolean {
  if (event.reason !== 'Unhealthy' || !textOf(event.message).toLowerCase().startsWith(probe)) return false;
  return textOf(at(event, 'involvedObject', 'fieldPath')).includes(`{${container}}`);
}

/** How long the probes take to come to their verdict, in the ordinary case. */
function probeMs({ startupProbe, readinessProbe }: JsonObject): number {
  return [startupProbe, readinessProbe].reduce<number>((sum, probe) => sum + failingMs(probe), 0);
}

/** With the API's own defaults for what is not said. Where an answer takes longer than a period, the next one waits. */
function failingMs(probe: unknown): number {
  if (probe === undefined) return 0;
  const { initialDelaySeconds, periodSeconds, timeoutSeconds, failureThreshold } = recordOf(probe);
  const roundSeconds = Math.max(numberOf(periodSeconds, 10), numberOf(timeoutSeconds, 1));
  return 1000 * (numberOf(initialDelaySeconds, 0) + roundSeconds * numberOf(failureThreshold, 3));
}

function describeProbe(probe: JsonObject): string {
  const get = recordOf(probe.httpGet);
  if (get.port !== undefined) return `GET :${get.port}${textOf(get.path) || '/'}`;
  const socket = recordOf(probe.tcpSocket);
  if (socket.port !== undefined) return `connect to :${socket.port}`;
  const command = recordOf(probe.exec).command;
  if (Array.isArray(command)) return `run ${command.map(textOf).join(' ')}`.slice(0, 200);
  const grpc = recordOf(probe.grpc);
  return grpc.port === undefined ? 'none' : `gRPC :${grpc.port}`;
}
