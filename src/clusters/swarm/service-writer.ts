import { Fault } from '../../domain/fault.ts';
import { parseImageReference } from '../../domain/image-reference.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Refusal } from '../cluster.ts';
import { recordOf, textOf } from '../json-reading.ts';
import { type EngineApi, EngineRefusal, isRefusalWith } from './engine-api.ts';
import { imageOf, nameOf, type Service, type ServiceSpec, toService } from './service.ts';

/** Gives the account for a registry's host, where there is one. */
export type CredentialsFor = (host: string) => { username: string; password: Secret } | null;

/** Reads and writes single services of a swarm. */
export interface ServiceWriter {
  /** By its whole name. */
  read(name: string, signal: AbortSignal): Promise<Service | null>;
  /**
   * Writes, if nothing has changed since `live` was read; null: if there still is no service of that name.
   * @returns the service as it is now, or `'changed'` when nothing was written
   */
  write(
    write: { spec: ServiceSpec; live: Service | null },
    signal: AbortSignal,
  ): Promise<Service | 'changed' | Refusal>;
}

export function createServiceWriter(api: EngineApi, credentialsFor: CredentialsFor): ServiceWriter {
  const read = (name: string, signal: AbortSignal) => readService(api, name, signal);
  return {
    read,
    async write({ spec, live }, signal) {
      const registryAuth = registryAuthFor(imageOf(spec), credentialsFor);
      const target =
        live === null
          ? { path: '/services/create' }
          : { path: `/services/${live.id}/update`, query: { version: live.version } };
      try {
        await api.call({ method: 'POST', ...target, json: spec, registryAuth }, signal);
      } catch (error) {
        if (!(error instanceof EngineRefusal)) throw error;
        return refused(error, { spec, live, now: await read(spec.Name, signal) });
      }
      return (await read(spec.Name, signal)) ?? 'changed';
    },
  };
}

/** The engine also takes the beginning of an id for a name: what it finds by that is another service. */
async function readService(api: EngineApi, name: string, signal: AbortSignal): Promise<Service | null> {
  try {
    const path = `/services/${encodeURIComponent(name)}`;
    const service = toService(await api.call({ path }, signal));
    return service.spec.Name === name ? service : null;
  } catch (error) {
    if (isRefusalWith(error, 404)) return null;
    throw error;
  }
}

/** Engines differ in the status they give to a lost race, so the service itself tells. */
function refused(
  error: EngineRefusal,
  { spec, live, now }: { spec: ServiceSpec; live: Service | null; now: Service | null },
): 'changed' | Refusal {
  if (now?.id !== live?.id || now?.version !== live?.version) return 'changed';
  const verb = live === null ? 'create' : 'update';
  const message = `the swarm refuses to ${verb} ${nameOf(spec)}: ${error.message}`;
  if (error.status < 500) return { refusal: message };
  throw new Fault('cluster-unreachable', message, { cause: error });
}

/** The credentials of the image's own registry and no other; the nodes of the swarm pull with them. */
export function registryAuthFor(image: string, credentialsFor: CredentialsFor) {
  const host = parseImageReference(image)?.host ?? 'docker.io';
  const credentials = credentialsFor(host);
  return credentials === null
    ? undefined
    : { username: credentials.username, password: credentials.password.reveal(), serveraddress: host };
}

/** Name -> id of the configs or secrets of those names that the swarm has. */
export async function findIds(
  api: EngineApi,
  { kind, names }: { kind: 'configs' | 'secrets'; names: string[] },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const answer = await api.call({ path: `/${kind}`, query: { filters: { name: names } } }, signal);
  const found = Array.isArray(answer) ? answer.map(recordOf) : [];
  return new Map(found.map(({ ID, Spec }) => [textOf(recordOf(Spec).Name), textOf(ID)]));
}
