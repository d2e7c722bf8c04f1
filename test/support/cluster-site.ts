import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HttpProxy, type HttpTarget, type ProxiedRequest, startHttpProxy } from './http-proxy.ts';
import { type Kubernetes, kubernetes } from './kubernetes.ts';
import { openSite, type Site, type SiteOptions } from './site.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startTrunkline } from './trunkline.ts';
import { waitFor } from './wait-for.ts';

/** A site with the environment `staging`: a namespace of the cluster, reached through a proxy. */
export type ClusterSite = Site & {
  apiProxy: HttpProxy;
  /** That environment in trunkline.yaml. */
  staging: { kubernetes: { kubeconfig: string; context: string; namespace: string } };
  kubectl(...args: string[]): Promise<string>;
  deployment(name?: string): Promise<LiveDeployment>;
  /** What a service answers to an HTTP request now, by default `cart`. */
  answer(service?: string): Promise<string>;
  /**
   * Waits until that is this text: a rollout has ended when its pods serve, and whoever leads requests to them learns a
   * moment later that the last old one does not any more.
   */
  answers(text: string, service?: string): Promise<void>;
};

export type LiveDeployment = {
  metadata: { generation: number; resourceVersion: string; annotations: Record<string, string> };
  spec: { template: { spec: { containers: { image: string }[] } } };
  status: { observedGeneration?: number; updatedReplicas?: number; unavailableReplicas?: number };
};

export async function openClusterSite(options: SiteOptions = {}): Promise<ClusterSite> {
  await using opening = new AsyncDisposableStack();
  const site = opening.use(await openSite(options));
  const cluster = await kubernetes();
  const namespace = opening.use(await cluster.makeNamespace());
  const apiProxy = opening.use(await startHttpProxy(await apiServer(cluster)));
  const folder = opening.use(await temporaryFolder());
  const kubeconfig = join(folder.path, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(apiProxy.host));
  const kubectl = (...args: string[]) => cluster.kubectl('-n', namespace.name, ...args);
  const staging = { kubernetes: { kubeconfig, context: 'proxy', namespace: namespace.name } };
  const config: Site['config'] = (changes = {}) => site.config({ environments: { staging }, ...changes });
  const answer = async (service = 'cart') => {
    const path = `/api/v1/namespaces/${namespace.name}/services/${service}:80/proxy/`;
    return (await cluster.kubectl('get', '--raw', path)).trim();
  };
  const owned = opening.move();
  return {
    ...site,
    config,
    serve: (setting) => startTrunkline({ config: config(), ...setting }),
    apiProxy,
    staging,
    kubectl,
    deployment: async (name = 'cart') =>
      JSON.parse(await kubectl('get', 'deployment', name, '-o', 'json')) as LiveDeployment,
    answer,
    async answers(text, service) {
      const what = `the answer "${text}" of the service ${service ?? 'cart'}`;
      await waitFor(async () => (await answer(service)) === text, { what });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A write of the Deployment `cart`, not a rehearsal of one. */
export function isApply({ method, path }: ProxiedRequest): boolean {
  return method === 'PATCH' && path.includes('/deployments/cart') && !path.includes('dryRun');
}

/** One that the API server has carried out; of two that race, or of one that is repeated, it refuses the later. */
export function isDoneApply(request: ProxiedRequest): boolean {
  return isApply(request) && request.status === 200;
}

/** Waits until the cluster has begun to make new pods for a generation of `cart`, and has not ended. */
export async function rolloutBegan(site: ClusterSite, generation: number): Promise<void> {
  await waitFor(
    async () => {
      const { metadata, status } = await site.deployment();
      const isSeen = metadata.generation === generation && status.observedGeneration === generation;
      return isSeen && (status.updatedReplicas ?? 0) > 0 && (status.unavailableReplicas ?? 0) > 0;
    },
    { what: `the rollout of generation ${generation}`, deadlineMs: 60_000 },
  );
}

/** The API server that a kubeconfig's current context names, with what it takes to be let in. */
async function apiServer({ kubectl }: Kubernetes): Promise<HttpTarget> {
  const view = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'));
  const { cluster } = view.clusters[0];
  const { user } = view.users[0];
  const pem = (base64: string) => Buffer.from(base64, 'base64').toString();
  return {
    url: cluster.server,
    tls: {
      ca: pem(cluster['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    },
  };
}

/** The client library refuses plain HTTP unless told that nothing is to be verified. */
function kubeconfigFor(host: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server: `http://${host}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'nobody' } }],
    'current-context': 'proxy',
  });
}
