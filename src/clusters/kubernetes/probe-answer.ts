import type { JsonObject } from '../../domain/json.ts';
import { listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { KubeObject } from './objects.ts';
import { containerViews } from './pods.ts';
import { askThrough } from './proxied-answer.ts';
import { waitedProbe } from './readiness.ts';

/** What came of asking what an HTTP probe asks, through the API server. */
export interface ProbeAnswer {
  /** `GET :8080/health` */
  asked: string;
  answer: PortAnswer;
  tookMs: number;
  /** What the probe bears. */
  timeoutMs: number;
  /** The other ports that the container declares, where the one of the probe does not answer. */
  others: { port: number; answer: PortAnswer }[];
}

export type PortAnswer =
  | { by: 'container'; status: number; text: string }
  /** Nobody listens there, or not in time. */
  | { by: 'nobody'; text: string };

const mostOthers = 3;

/**
 * Asks a pod what keeps it from being ready, as its kubelet does.
 * @returns null where its probe is none over HTTP, or we may not ask
 */
export async function askProbe(
  { api, namespace }: { api: Api; namespace: string },
  { pod, container }: { pod: KubeObject; container: string | null },
  signal: AbortSignal,
): Promise<ProbeAnswer | null> {
  const view = containerViews(pod).find(({ name }) => name === container);
  const probe = view === undefined ? {} : waitedProbe(view).probe;
  const get = recordOf(probe.httpGet);
  const port = view === undefined ? undefined : portNumber(get.port, view.spec);
  // A probe with a host asks somebody else than the pod.
  if (view === undefined || port === undefined || textOf(get.host) !== '') return null;
  const scheme = textOf(get.scheme).toLowerCase() === 'https' ? 'https:' : '';
  const path = `/${textOf(get.path).replace(/^\//, '')}`;
  const ask = (of: number) => {
    const place = `/api/v1/namespaces/${namespace}/pods/${scheme}${pod.metadata.name}:${of}/proxy`;
    return askPort(api, { place, path }, signal);
  };
  const startedAt = performance.now();
  const answer = await ask(port);
  const tookMs = Math.round(performance.now() - startedAt);
  if (answer === null) return null;
  const declared = listOf(view.spec.ports).map(({ containerPort }) => numberOf(containerPort, port));
  const others = answer.by === 'container' ? [] : declared.filter((other) => other !== port);
  const answers = others
    .slice(0, mostOthers)
    .map(async (other) => ({ port: other, answer: await ask(other) }));
  return {
    asked: `GET :${port}${path}`,
    answer,
    tookMs,
    timeoutMs: 1000 * numberOf(probe.timeoutSeconds, 1),
    others: (await Promise.all(answers)).flatMap((other) =>
      other.answer === null ? [] : [{ ...other, answer: other.answer }],
    ),
  };
}

/** A probe may name the port as the container does. */
function portNumber(port: unknown, spec: JsonObject): number | undefined {
  if (typeof port === 'number') return port;
  const named = listOf(spec.ports).find(({ name }) => name === port);
  return typeof named?.containerPort === 'number' ? named.containerPort : undefined;
}

/** null: the API server lets us not. */
async function askPort(
  api: Api,
  target: { place: string; path: string },
  signal: AbortSignal,
): Promise<PortAnswer | null> {
  const answer = await askThrough(api, target, signal);
  return answer === null || answer.by === 'server' ? null : answer;
}
