import type { JsonObject } from '../../domain/json.ts';
import type { RegistryAccount } from '../../domain/registry-answer.ts';
import { Secret } from '../../domain/secret.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { KubeObject } from './objects.ts';

/** An image pull secret that a pod names, as far as it concerns one registry. */
export interface PullSecret {
  name: string;
  /** `unreadable`: we may not read Secrets, or it holds something else. */
  state: 'covers' | 'other-hosts' | 'missing' | 'unreadable';
  /** The hosts that it is for. */
  hosts: string[];
  /** null: it has none for this registry. */
  account: RegistryAccount | null;
}

/** The secrets that a pod's images are pulled with; the API server adds those of its service account to the pod. */
export async function readPullSecrets(
  { api, namespace, pod }: { api: Api; namespace: string; pod: KubeObject },
  host: string,
  signal: AbortSignal,
): Promise<PullSecret[]> {
  const names = listOf(at(pod, 'spec', 'imagePullSecrets')).map(({ name }) => textOf(name));
  return Promise.all(
    names.map(async (name): Promise<PullSecret> => {
      try {
        // A manifest may name anything here: `../../other/secrets/theirs` too.
        const path = `/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(name)}`;
        return parsePullSecret(recordOf(await api.call({ path }, signal)), { name, host });
      } catch (error) {
        signal.throwIfAborted();
        const state = isApiError(error, 404) ? 'missing' : 'unreadable';
        return { name, state, hosts: [], account: null };
      }
    }),
  );
}

export function parsePullSecret(
  secret: JsonObject,
  { name, host }: { name: string; host: string },
): PullSecret {
  const auths = authsIn(recordOf(secret.data));
  if (auths === null) return { name, state: 'unreadable', hosts: [], account: null };
  const hosts = [...new Set(Object.keys(auths).map(hostIn))];
  const key = Object.keys(auths).find((entry) => isFor(hostIn(entry), host));
  const account = key === undefined ? null : accountIn(recordOf(auths[key]));
  return { name, state: account === null ? 'other-hosts' : 'covers', hosts, account };
}

/** Host -> account, of either of the two formats that there are; null: it is no pull secret. */
function authsIn(data: JsonObject): JsonObject | null {
  try {
    const config = data['.dockerconfigjson'];
    if (config !== undefined) return recordOf(JSON.parse(decoded(textOf(config))).auths);
    const old = data['.dockercfg'];
    return old === undefined ? null : recordOf(JSON.parse(decoded(textOf(old))));
  } catch {
    return null;
  }
}

/** `https://index.docker.io/v1/` -> `docker.io` */
function hostIn(key: string): string {
  const [host = ''] = key.replace(/^https?:\/\//, '').split('/');
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host.toLowerCase();
}

/** An entry may be for all names of a level: `*.example.com`. */
function isFor(entry: string, host: string): boolean {
  if (!entry.startsWith('*.')) return entry === host;
  const [, ...rest] = host.split('.');
  return rest.join('.') === entry.slice(2);
}

function accountIn({ username, password, auth }: JsonObject): RegistryAccount | null {
  if (textOf(username) !== '') return { username: textOf(username), password: new Secret(textOf(password)) };
  const [name = '', ...rest] = decoded(textOf(auth)).split(':');
  return name === '' ? null : { username: name, password: new Secret(rest.join(':')) };
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
