import type { Cluster, Refusal } from '../cluster.ts';
import type { ClusterParts } from '../cluster-parts.ts';
import { at, textOf } from '../json-reading.ts';
import type { RegistryAsker } from '../registry-asker.ts';
import { type AccessSettings, openAccess } from './access.ts';
import { type Api, createApi } from './api.ts';
import { isApiError } from './api-error.ts';
import { type Budgets, defaultBudgets } from './budgets.ts';
import { createNameFinder } from './dns/cluster-names.ts';
import { createKubernetesDns } from './dns/kubernetes-dns.ts';
import { createKubernetesDrift } from './drift/kubernetes-drift.ts';
import { createEvidenceReader } from './evidence.ts';
import { createKubernetesJobs } from './jobs/kubernetes-jobs.ts';
import { createKubernetesLeftovers } from './leftovers.ts';
import { type AskReservations, createReservationReader } from './node-reservation.ts';
import { createObjectWriter, type ObjectWriter } from './object-writer.ts';
import { planRollout } from './plan.ts';
import { discoverResources, type ResourcePaths } from './resource-paths.ts';
import { restoreRollout } from './restore.ts';
import { kindsOf, withLackingRights } from './rights.ts';
import { createKubernetesScraping } from './scraping/kubernetes-scraping.ts';
import { createKubernetesServices } from './service-question.ts';
import { diagnoseRollout, type TrackerDeps, trackRollout } from './tracker.ts';
import { createKubernetesUsage } from './usage/kubernetes-usage.ts';

export interface KubernetesSettings extends AccessSettings {
  namespace: string;
  budgets?: Partial<Budgets>;
  /** Whom to ask about an image that a node could not pull; undefined: nobody. */
  registries?: RegistryAsker;
  /** IP or IP:port at which this process reaches the cluster's server of names; undefined: it is looked for. */
  resolver?: string;
}

interface Connection {
  api: Api;
  writer: ObjectWriter;
  resources: ResourcePaths;
  reservations: AskReservations;
  tracker: TrackerDeps;
  close(): void;
}

/** One namespace of a Kubernetes cluster. Nothing is loaded or connected before the first call. */
export function createKubernetesCluster(settings: KubernetesSettings): Cluster {
  let connecting: Promise<Connection> | undefined;
  const connection = () => {
    connecting ??= connect(settings).catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  };
  const { namespace } = settings;
  let identity: string | undefined;
  const place = async (signal: AbortSignal) => {
    const found = identity ?? (await identify((await connection()).api, namespace, signal));
    if (typeof found === 'string') identity = found;
    return found;
  };
  return {
    identify: async (signal) => clusterUid((await connection()).api, signal),
    async plan(request, signal) {
      const { api, writer, resources, reservations } = await connection();
      const found = await place(signal);
      if (typeof found !== 'string') return found;
      const deps = { api, writer, reservations, namespace, targetPrefix: found };
      return planRollout(deps, request, signal).catch(async (fault: unknown) => {
        const asked = { deps: { api, namespace, resources }, kinds: kindsOf(request, namespace) };
        throw await withLackingRights(fault, asked, signal);
      });
    },
    async watch(rollout, options, signal) {
      const { tracker } = await connection();
      // So that the way to ask for names is known by the time that it is needed.
      void tracker.names.find(signal).catch(() => undefined);
      return trackRollout(tracker, { rollout, options }, signal);
    },
    async diagnose(rollout, signal) {
      return diagnoseRollout((await connection()).tracker, rollout, signal);
    },
    async restore(request, hooks, signal) {
      const { api, writer } = await connection();
      return restoreRollout({ api, writer, namespace }, { request, hooks }, signal);
    },
    ...partsOf(connection, { namespace, identify: place }),
    close() {
      connecting?.then(({ close }) => close()).catch(() => undefined);
    },
  };
}

interface Named {
  namespace: string;
  identify: (signal: AbortSignal) => Promise<string | Refusal>;
}

function partsOf(connection: () => Promise<Connection>, { namespace, identify }: Named): ClusterParts {
  return {
    jobs: createKubernetesJobs({
      connect: async () => (await connection()).tracker,
      namespace,
      identify,
    }),
    leftovers: createKubernetesLeftovers(connection, namespace),
    usage: createKubernetesUsage(connection, namespace),
    scraping: createKubernetesScraping(connection, namespace),
    services: createKubernetesServices(connection, namespace),
    dns: createKubernetesDns(connection),
    drift: createKubernetesDrift({ connect: connection, namespace, identify }),
  };
}

async function connect(settings: KubernetesSettings): Promise<Connection> {
  const access = await openAccess(settings);
  const api = createApi(access);
  const { namespace } = settings;
  const resources = discoverResources(api, namespace);
  const writer = createObjectWriter(api, resources);
  const budgets = { ...defaultBudgets, ...settings.budgets };
  const evidence = createEvidenceReader(api, namespace, settings.registries);
  const names = createNameFinder({ api, resolver: settings.resolver ?? null });
  const tracker = { api, namespace, evidence, budgets, names };
  const reservations = createReservationReader(api);
  return { api, writer, resources, reservations, tracker, close: () => access.close() };
}

/** By the namespace that each cluster has from its beginning; null: the account may not see it. */
export async function clusterUid(api: Api, signal: AbortSignal): Promise<string | null> {
  try {
    const object = await api.call({ path: '/api/v1/namespaces/kube-system' }, signal);
    return textOf(at(object, 'metadata', 'uid')) || null;
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return null;
    throw error;
  }
}

/**
 * The namespace's uid: no two namespaces of any clusters share it, and two names of one cluster lead to it. Where we
 * may not read it, the server's address has to do.
 */
async function identify(api: Api, namespace: string, signal: AbortSignal): Promise<string | Refusal> {
  try {
    const object = await api.call({ path: `/api/v1/namespaces/${namespace}` }, signal);
    return `kubernetes/${textOf(at(object, 'metadata', 'uid'))}/${namespace}`;
  } catch (error) {
    if (isApiError(error, 404))
      return { refusal: `the namespace ${namespace} does not exist on ${api.server}` };
    if (isApiError(error, 403)) return `kubernetes/${api.server}/${namespace}`;
    throw error;
  }
}
