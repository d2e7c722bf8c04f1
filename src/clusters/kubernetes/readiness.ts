import type { JsonObject } from '../../domain/json.ts';
import { at, numberOf, recordOf, textOf } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';
import type { PodContext, Trouble } from './pod-trouble.ts';
import type { ContainerView } from './pods.ts';

/**
 * A container that runs and does not become ready: nothing in its state says that anything is wrong. Only probes
 * can keep it so.
 */
export function neverReady(container: ContainerView, { budgets, events }: PodContext): Trouble | undefined {
  const { spec, status, name, isInit } = container;
  const startedAt = textOf(at(status, 'state', 'running', 'startedAt'));
  if (isInit || startedAt === '' || status.ready === true) return undefined;
  const isStarting = spec.startupProbe !== undefined && status.started === false;
  const probe = recordOf(isStarting ? spec.startupProbe : spec.readinessProbe);
  const failure = events.findLast((event) => isFailureOf(event, isStarting ? 'Startup' : 'Readiness', name));
  const last = failure === undefined ? '' : `; last answer: ${textOf(failure.message)}`;
  const kind = isStarting ? 'startup' : 'readiness';
  return {
    class: 'never-ready',
    container: name,
    message: `container \`${name}\` runs since ${startedAt} but its ${kind} probe (${describeProbe(probe)}) does not succeed${last}`,
    hint: 'Check the path and port of the probe, and what the container waits for.',
    toleranceMs: Math.max(budgets.neverReadyMs, budgets.probeFactor * probeMs(spec)),
  };
}

/** What looks like a crash is the kubelet's doing when a startup probe has failed: its event says so. */
export function killedByProbe(
  { spec, name }: ContainerView,
  events: KubeObject[],
  crash: Trouble | undefined,
): Trouble | undefined {
  const isKilled = events.some(
    (event) =>
      event.reason === 'Killing' &&
      textOf(event.message).includes(`ontainer ${name} failed startup probe, will be restarted`),
  );
  if (crash === undefined || !isKilled) return crash;
  const probe = describeProbe(recordOf(spec.startupProbe));
  const failure = events.findLast((event) => isFailureOf(event, 'Startup', name));
  const last = failure === undefined ? '' : `; last answer: ${textOf(failure.message)}`;
  return {
    ...crash,
    class: 'never-ready',
    message: `container \`${name}\` is killed because its startup probe (${probe}) does not succeed in time${last}`,
    hint: 'Check the path and port of the probe, or give it more time (failureThreshold).',
  };
}

function isFailureOf(event: KubeObject, probe: string, container: string): boolean {
  if (event.reason !== 'Unhealthy' || !textOf(event.message).startsWith(probe)) return false;
  return textOf(at(event, 'involvedObject', 'fieldPath')).includes(`{${container}}`);
}

/** How long the probes take to come to their verdict, in the ordinary case. */
function probeMs({ startupProbe, readinessProbe }: JsonObject): number {
  return [startupProbe, readinessProbe].reduce<number>((sum, probe) => sum + failingMs(probe), 0);
}

/** With the API's own defaults for what is not said. */
function failingMs(probe: unknown): number {
  if (probe === undefined) return 0;
  const { initialDelaySeconds, periodSeconds, failureThreshold } = recordOf(probe);
  return (
    1000 * (numberOf(initialDelaySeconds, 0) + numberOf(periodSeconds, 10) * numberOf(failureThreshold, 3))
  );
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
