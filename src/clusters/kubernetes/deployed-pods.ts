import type { UsageOf } from '../cluster-usage.ts';
import { at, listOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import { isKubeObject, type KubeObject, toKubeObject } from './objects.ts';
import { isReady } from './pods.ts';
import { deployIdOf } from './stamp.ts';
import { selectorOf } from './write-set.ts';

export interface Place {
  api: Api;
  namespace: string;
  signal: AbortSignal;
}

/** The ready pods of workloads; none of a workload that is not there. */
export async function deployedPods(place: Place, { workloads, deployIds }: UsageOf): Promise<KubeObject[]> {
  const found = await Promise.all(workloads.map((workload) => podsOf(place, workload)));
  const isMeant = (pod: KubeObject) => deployIds === null || deployIds.includes(deployIdOf(pod) ?? '');
  return found.flat().filter((pod) => isReady(pod) && isMeant(pod));
}

async function podsOf({ api, namespace, signal }: Place, workload: string): Promise<KubeObject[]> {
  const [kind = '', name = ''] = workload.split('/');
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind}s/${name}`;
  const live = await api.call({ path }, signal).catch((error: unknown) => {
    if (isApiError(error, 404)) return undefined;
    throw error;
  });
  if (live === undefined) return [];
  const query = { labelSelector: selectorOf(toKubeObject(live)) };
  const list = await api.call({ path: `/api/v1/namespaces/${namespace}/pods`, query }, signal);
  return listOf(at(list, 'items'))
    .map((item) => ({ apiVersion: 'v1', kind: 'Pod', ...item }))
    .filter(isKubeObject);
}
