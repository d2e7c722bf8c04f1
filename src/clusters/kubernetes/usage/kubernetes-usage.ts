import { Fault } from '../../../domain/fault.ts';
import type { ClusterUsage, CountedUsage, UsageLook } from '../../cluster-usage.ts';
import { at, textOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { deployedPods, type Place } from '../deployed-pods.ts';
import type { KubeObject } from '../objects.ts';
import { type Measured, parseCadvisor, parsePodMetrics } from './parse-usage.ts';
import { measuredSince, usageOf } from './pod-usage.ts';

const limitMs = 10_000;

/** From `metrics.k8s.io`; where that is missing, from the kubelets' cAdvisor, through the API server. */
export function createKubernetesUsage(connect: () => Promise<{ api: Api }>, namespace: string): ClusterUsage {
  return {
    async read(of, signal, since = null) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        const place = { api: (await connect()).api, namespace, signal: limit };
        const pods = await deployedPods(place, of);
        return pods.length === 0 ? null : await measure(place, pods, since);
      } catch (error) {
        signal.throwIfAborted();
        if (limit.aborted || error instanceof ApiError || error instanceof Fault) return null;
        throw error;
      }
    },
  };
}

async function measure(place: Place, pods: KubeObject[], since: UsageLook | null): Promise<UsageLook | null> {
  const served = await fromMetrics(place);
  const counted = served === null ? await fromCadvisor(place, pods) : new Map<string, CountedUsage>();
  const measured = served ?? measuredSince(pods, counted, since?.counted ?? new Map());
  const usage = usageOf(pods, measured, served === null ? 'cadvisor' : 'metrics.k8s.io');
  return usage === null ? null : { usage, counted };
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
): Promise<Map<string, CountedUsage>> {
  const nodes = [...new Set(pods.map((pod) => textOf(at(pod, 'spec', 'nodeName'))))];
  const texts = await Promise.all(
    nodes.map((node) => api.text({ path: `/api/v1/nodes/${node}/proxy/metrics/cadvisor` }, signal)),
  );
  return new Map(texts.flatMap((text) => [...parseCadvisor(text, namespace)]));
}
