import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { KubeObject } from './objects.ts';
import { quantityOf } from './quantity.ts';

/** What a pod waits for, as the cluster's own words name it. */
export type Missing =
  | { kind: 'configmaps' | 'secrets'; name: string; key: string | null }
  | { kind: 'resourcequotas'; name: string; requested: Record<string, string> };

const askMs = 3_000;

export function idOf(missing: Missing): string {
  return 'key' in missing
    ? [missing.kind, missing.name, missing.key ?? ''].join('/')
    : [missing.kind, missing.name].join('/');
}

/** The ConfigMap, Secret or key that a message of the kubelet names; `pod` knows what its volumes are made of. */
export function missingConfiguration(text: string, pod: KubeObject): Missing | undefined {
  const whole = /\b(configmap|secret) "([^"]+)" not found/.exec(text);
  if (whole !== null) return { kind: kindOf(whole[1]), name: whole[2] ?? '', key: null };
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) \S+?\/([\w.-]+)/.exec(text);
  if (key !== null) return { kind: kindOf(key[2]), name: key[3] ?? '', key: key[1] ?? null };
  const mounted = /volume "([^"]+)".*non-existent (config|secret) key: (\S+)/.exec(text);
  const volume = listOf(at(pod, 'spec', 'volumes')).find(({ name }) => name === mounted?.[1]);
  const name = sourceWith(mounted?.[3] ?? '', recordOf(volume), kindOf(mounted?.[2]));
  return name === '' ? undefined : { kind: kindOf(mounted?.[2]), name, key: mounted?.[3] ?? null };
}

/** What a volume wants a key of; a projected one has several sources. */
function sourceWith(key: string, volume: JsonObject, kind: 'configmaps' | 'secrets'): string {
  const sources = [volume, ...listOf(at(volume, 'projected', 'sources'))].map((source) =>
    recordOf(kind === 'secrets' ? source.secret : source.configMap),
  );
  const asked = sources.find(({ items }) => listOf(items).some((item) => item.key === key));
  const source = asked ?? recordOf(kind === 'secrets' ? volume.secret : volume.configMap);
  return textOf(source.name) || textOf(source.secretName);
}

function kindOf(word: string | undefined): 'configmaps' | 'secrets' {
  return word?.toLowerCase() === 'secret' ? 'secrets' : 'configmaps';
}

/** The quota of `exceeded quota: few, requested: pods=1,requests.cpu=1, used: ...` */
export function missingQuota(text: string): Missing | undefined {
  const parts = /exceeded quota: ([^,\s]+), requested: (.*?), used: /.exec(text);
  if (parts === null) return undefined;
  const requested = (parts[2] ?? '').split(',').map((entry) => entry.split('=') as [string, string]);
  return { kind: 'resourcequotas', name: parts[1] ?? '', requested: Object.fromEntries(requested) };
}

/** Whether it is there by now, so that the cluster's own next attempt will find it; false where we may not look. */
export async function isThere(
  { api, namespace }: { api: Api; namespace: string },
  missing: Missing,
  signal: AbortSignal,
): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
  const path = `/api/v1/namespaces/${namespace}/${missing.kind}/${missing.name}`;
  try {
    const found = await api.call({ path }, limit);
    return 'key' in missing ? hasKey(found, missing.key) : hasRoom(found, missing.requested);
  } catch (error) {
    signal.throwIfAborted();
    // A quota that is gone limits nothing.
    return !('key' in missing) && isApiError(error, 404);
  }
}

function hasKey(found: unknown, key: string | null): boolean {
  if (key === null) return true;
  return key in recordOf(at(found, 'data')) || key in recordOf(at(found, 'binaryData'));
}

function hasRoom(found: unknown, requested: Record<string, string>): boolean {
  const [hard, used] = [recordOf(at(found, 'status', 'hard')), recordOf(at(found, 'status', 'used'))];
  return Object.entries(requested).every(([resource, amount]) => {
    const room = quantityOf(hard[resource]) - quantityOf(used[resource]);
    return hard[resource] === undefined || quantityOf(amount) <= room;
  });
}
