import { Fault } from '../../../domain/fault.ts';
import type { PodUsage } from '../../../domain/pod-usage.ts';
import type { ClusterUsage, UsageOf } from '../../cluster-usage.ts';
import { at, listOf, textOf, timeOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { isKubeObject, type KubeObject, toKubeObject } from '../objects.ts';
import { isEnding, isReady } from '../pods.ts';
import { deployIdOf } from '../stamp.ts';
import { selectorOf } from '../write-set.ts';
import { type Measured, parseCadvisor, parsePodMetrics } from './parse-usage.ts';

interface Place {
  api: Api;
  namespace: string;
  signal: AbortSignal;
}

const limitMs = 10_000;

/** From `metrics.k8s.io`; where that is missing, from the kubelets' cAdvisor, through the API server. */
export function createKubernetesUsage(connect: () => Promise<{ api: Api }>, namespace: string): ClusterUsage {
  return {
    async read(of, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        const place = { api: (await connect()).api, namespace, signal: limit };
        const pods = await podsOf(place, of);
        return pods.length === 0 ? null : await measure(place, pods);
      } catch (error) {
        signal.throwIfAborted();
        if (limit.aborted || error instanceof ApiError || error instanceof Fault) return null;
        throw error;
      }
    },
  };
}

async function podsOf(place: Place, { workloads, deployIds }: UsageOf): Promise<KubeObject[]> {
  const { api, namespace, signal } = place;
  const found = await Promise.all(
    workloads.map(async (workload) => {
      const [kind = '', name = ''] = workload.split('/');
      const path = `/apis/apps/v1/namespaces/${namespace}/${kind}s/${name}`;
      const live = toKubeObject(await api.call({ path }, signal));
      const query = { labelSelector: selectorOf(live) };
      const list = await api.call({ path: `/api/v1/namespaces/${namespace}/pods`, query }, signal);
      return listOf(at(list, 'items')).map((item) => ({ apiVersion: 'v1', kind: 'Pod', ...item }));
    }),
  );
  const isMeant = (pod: KubeObject) => deployIds === null || deployIds.includes(deployIdOf(pod) ?? '');
  return found
    .flat()
    .filter(isKubeObject)
    .filter((pod) => isReady(pod) && !isEnding(pod) && isMeant(pod));
}

async function measure(place: Place, pods: KubeObject[]): Promise<PodUsage | null> {
  const served = await fromMetrics(place);
  const source = served === null ? 'cadvisor' : 'metrics.k8s.io';
  const measured = served ?? (await fromCadvisor(place, pods));
  const found = pods.flatMap(({ metadata }) => measured.get(metadata.name) ?? []);
  if (found.length === 0) return null;
  const mean = (of: (one: Measured) => number) => found.reduce((sum, one) => sum + of(one), 0) / found.length;
  return {
    pods: found.length,
    cpuMillis: mean(({ cpuMillis }) => cpuMillis),
    memoryBytes: mean(({ memoryBytes }) => memoryBytes),
    source,
  };
}

/** null: nobody serves it here, or we may not ask. */
async function fromMetrics({ api, namespace, signal }: Place): Promise<Map<string, Measured> | null> {
  try {
    const group = await api.call({ path: '/apis/metrics.k8s.io' }, signal);
    const version = textOf(at(group, 'preferredVersion', 'version')) || 'v1beta1';
    const path = `/apis/metrics.k8s.io/${version}/namespaces/${namespace}/pods`;
    return parsePodMetrics(await api.call({ path }, signal));
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

async function fromCadvisor(
  { api, namespace, signal }: Place,
  pods: KubeObject[],
): Promise<Map<string, Measured>> {
  const nodes = [...new Set(pods.map((pod) => textOf(at(pod, 'spec', 'nodeName'))))];
  const seconds = (pod: KubeObject) => (Date.now() - timeOf(at(pod, 'status', 'startTime'))) / 1000;
  const secondsOf = new Map(pods.map((pod) => [pod.metadata.name, seconds(pod)]));
  const texts = await Promise.all(
    nodes.map((node) => api.text({ path: `/api/v1/nodes/${node}/proxy/metrics/cadvisor` }, signal)),
  );
  return new Map(texts.flatMap((text) => [...parseCadvisor(text, { namespace, secondsOf })]));
}
