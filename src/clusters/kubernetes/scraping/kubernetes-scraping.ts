import { Fault } from '../../../domain/fault.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { ClusterScraping } from '../../cluster-scraping.ts';
import { at, listOf, textOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { ApiError, isApiError } from '../api-error.ts';
import { deployedPods, type Place } from '../deployed-pods.ts';
import { wishesOf } from './scrape-wishes.ts';

const limitMs = 10_000;
const operatorPath = '/apis/monitoring.coreos.com/v1';

export function createKubernetesScraping(
  connect: () => Promise<{ api: Api }>,
  namespace: string,
): ClusterScraping {
  return {
    async read(of, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        const place = { api: (await connect()).api, namespace, signal: limit };
        const pods = await deployedPods(place, of);
        const wishes = pods.length === 0 ? [] : wishesOf({ pods, ...(await readAround(place)), namespace });
        const addresses = pods.map((pod) => ({
          name: pod.metadata.name,
          address: textOf(at(pod, 'status', 'podIP')),
        }));
        return { pods: addresses, wishes };
      } catch (error) {
        signal.throwIfAborted();
        if (limit.aborted || error instanceof ApiError || error instanceof Fault) return null;
        throw error;
      }
    },
  };
}

async function readAround(place: Place) {
  const inNamespace = `/api/v1/namespaces/${place.namespace}/services`;
  const [services, serviceMonitors, podMonitors, prometheuses] = await Promise.all([
    listIfAllowed(place, inNamespace),
    monitors(place, 'servicemonitors'),
    monitors(place, 'podmonitors'),
    listIfAllowed(place, `${operatorPath}/prometheuses`),
  ]);
  return {
    services: services ?? [],
    serviceMonitors: serviceMonitors ?? [],
    podMonitors: podMonitors ?? [],
    prometheuses,
  };
}

/** Those of other namespaces may be for this one too. */
async function monitors(place: Place, kind: string): Promise<JsonObject[] | null> {
  const all = await listIfAllowed(place, `${operatorPath}/${kind}`);
  return all ?? listIfAllowed(place, `${operatorPath}/namespaces/${place.namespace}/${kind}`);
}

/** null: there is no such kind, or we may not list it. */
async function listIfAllowed({ api, signal }: Place, path: string): Promise<JsonObject[] | null> {
  try {
    return listOf(at(await api.call({ path }, signal), 'items'));
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return null;
    throw error;
  }
}
