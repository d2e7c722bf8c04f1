import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { NameFinder } from './dns/cluster-names.ts';
import { namesOfServices } from './dns-names.ts';
import { type KubeObject, toKubeObject } from './objects.ts';
import {
  hasSelector,
  isServiceOf,
  judgeService,
  type NewVersion,
  type ServiceJudgement,
  selectorText,
} from './service-rule.ts';
import { deployIdOf } from './stamp.ts';

export interface ServiceCheckDeps {
  api: Api;
  namespace: string;
  names: NameFinder;
}

/**
 * Whether requests reach the new versions: each Service of the namespace that selects their pods, and each that was
 * applied with them, and under which name each is reached. Changes nothing. Where we may not look, it is said and not held against the rollout.
 */
export async function checkServices(
  { api, namespace, names: finder }: ServiceCheckDeps,
  { versions, deployIds }: { versions: readonly NewVersion[]; deployIds: readonly (string | null)[] },
  signal: AbortSignal,
): Promise<ServiceJudgement> {
  try {
    const reader = new ServiceReader(api, namespace, signal);
    const concerned = await reader.concerned(versions, deployIds);
    const judgement = worstOf(
      await Promise.all(
        concerned.map(async (service) =>
          judgeService(service, await reader.endpoints(service.metadata.name), versions),
        ),
      ),
    );
    if (judgement.state !== 'served') return judgement;
    const pods = versions.flatMap(({ newPods }) => newPods);
    const asking = concerned.length === 0 ? { why: '' } : await finder.find(signal);
    const names = await namesOfServices({ services: concerned, pods, namespace }, asking, signal);
    return { ...judgement, notes: [...judgement.notes, ...names] };
  } catch (error) {
    if (!isApiError(error, 403)) throw error;
    return { state: 'served', notes: [`its Services were not looked at: ${error.message}`] };
  }
}

function worstOf(judgements: ServiceJudgement[]): ServiceJudgement {
  const worst =
    judgements.find(({ state }) => state === 'failed') ?? judgements.find(({ state }) => state === 'waiting');
  if (worst !== undefined) return worst;
  return {
    state: 'served',
    notes: judgements.flatMap((judgement) => (judgement.state === 'served' ? judgement.notes : [])),
  };
}

class ServiceReader {
  readonly #api: Api;
  readonly #base: string;
  readonly #namespace: string;
  readonly #signal: AbortSignal;

  constructor(api: Api, namespace: string, signal: AbortSignal) {
    this.#api = api;
    this.#base = `/api/v1/namespaces/${namespace}`;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  async concerned(
    versions: readonly NewVersion[],
    deployIds: readonly (string | null)[],
  ): Promise<KubeObject[]> {
    const list = await this.#list(`${this.#base}/services`, {});
    const services = list
      .map((item) => toKubeObject({ apiVersion: 'v1', kind: 'Service', ...item }))
      .filter(hasSelector);
    const asked = services.map(async (service) => {
      if (versions.some((version) => isServiceOf(service, version))) return true;
      const id = deployIdOf(service);
      return id !== null && deployIds.includes(id) && !(await this.#selectsPods(service));
    });
    const isConcerned = await Promise.all(asked);
    return services.filter((_, index) => isConcerned[index]);
  }

  /** Of all slices. Servers before 1.21 know only the older version, which says the same. */
  async endpoints(service: string): Promise<JsonObject[]> {
    const query = { labelSelector: `kubernetes.io/service-name=${service}` };
    const path = (version: string) =>
      `/apis/discovery.k8s.io/${version}/namespaces/${this.#namespace}/endpointslices`;
    const slices = await this.#list(path('v1'), query).catch((error: unknown) => {
      if (isApiError(error, 404)) return this.#list(path('v1beta1'), query);
      throw error;
    });
    return slices.flatMap((slice) => listOf(slice.endpoints));
  }

  /** Pods of somebody else's workload: then it is not about ours. */
  async #selectsPods(service: KubeObject): Promise<boolean> {
    const query = { labelSelector: selectorText(service), limit: '1' };
    const pods = await this.#list(`${this.#base}/pods`, query);
    return pods.some((pod) => textOf(at(pod, 'metadata', 'uid')) !== '');
  }

  async #list(path: string, query: Record<string, string>): Promise<JsonObject[]> {
    return listOf(at(await this.#api.call({ path, query }, this.#signal), 'items'));
  }
}
