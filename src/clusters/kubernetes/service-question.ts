import { Fault } from '../../domain/fault.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ServiceAnswer, ServiceCheck } from '../../domain/service-check.ts';
import type { ClusterServices } from '../cluster-services.ts';
import { at, listOf, numberOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import { askThrough } from './proxied-answer.ts';

/** The API server sends the request to a ready endpoint of the Service, from wherever this worker may be. */
export function createKubernetesServices(
  connect: () => Promise<{ api: Api }>,
  namespace: string,
): ClusterServices {
  return {
    async ask(check, signal) {
      const { api } = await connect();
      try {
        const port = await portOf({ api, namespace }, check, signal);
        return typeof port === 'string'
          ? { by: 'cluster', text: port }
          : await askPort({ api, namespace }, { ...check, port }, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Fault || error instanceof ApiError)
          return { by: 'cluster', text: error.message };
        throw error;
      }
    },
  };
}

interface Place {
  api: Api;
  namespace: string;
}

/** @returns a number, or why there is none */
async function portOf(
  { api, namespace }: Place,
  { service, port }: ServiceCheck,
  signal: AbortSignal,
): Promise<number | string> {
  const query = { fieldSelector: `metadata.name=${service}` };
  const list = await api.call({ path: `/api/v1/namespaces/${namespace}/services`, query }, signal);
  const [found] = listOf(at(list, 'items'));
  if (found === undefined) return `there is no Service ${service} in the namespace ${namespace}`;
  const ports = listOf(at(found, 'spec', 'ports'));
  const [only, other] = port === null ? ports : ports.filter((one) => one.port === port || one.name === port);
  if (only !== undefined && other === undefined) return numberOf(only.port, 0);
  const known = ports.map(portText).join(', ') || 'none';
  return port === null ? `say which port is meant, of ${known}` : `it has no port ${port}: it has ${known}`;
}

function portText({ port, name }: JsonObject): string {
  return name === undefined ? String(port) : `${String(port)} (${String(name)})`;
}

async function askPort(
  { api, namespace }: Place,
  { service, port, scheme, path }: ServiceCheck & { port: number },
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const name = `${scheme === 'https' ? 'https:' : ''}${service}:${port}`;
  const place = `/api/v1/namespaces/${namespace}/services/${name}/proxy`;
  const answer = await askThrough(api, { place, path: path ?? '/' }, signal);
  if (answer === null) return { by: 'cluster', text: 'the API server does not pass it on' };
  if (answer.by === 'container') return { by: 'program', status: answer.status, text: answer.text };
  if (answer.by === 'nobody')
    return answer.isReached
      ? { by: 'program', status: null, text: answer.text }
      : { by: 'nobody', text: answer.text };
  // 503: no ready endpoint.
  return { by: answer.status === 503 ? 'nobody' : 'cluster', text: answer.text };
}
