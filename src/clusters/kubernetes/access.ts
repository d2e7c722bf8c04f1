import type { Agent, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Fault } from '../../domain/fault.ts';

/** How to reach one API server: the address, and for each request fresh credentials on one keep-alive agent. */
export interface ClusterAccess {
  readonly server: URL;
  /**
   * Options for `http.request`: TLS, agent, authorization. Runs an exec plugin when its credential has expired.
   * @throws Fault `cluster-denied` when no credential can be had
   */
  credentials(): Promise<RequestOptions>;
  close(): void;
}

export interface AccessSettings {
  /** A kubeconfig file; null: the default places, then the service account of the pod that we run in. */
  kubeconfig: string | null;
  /** null: the file's current context. */
  context: string | null;
}

/**
 * The library is used for what it is good at, kubeconfig files and their many ways to log in. Each cluster has a
 * KubeConfig of its own, since credentials are cached by user name. Loaded at first use: it takes 90 MB.
 * @throws Fault `cluster-denied` when the settings lead to no cluster
 */
export async function openAccess(settings: AccessSettings): Promise<ClusterAccess> {
  const config = await loadConfig(settings);
  const cluster = config.getCurrentCluster();
  if (cluster === null || cluster.server === libraryFallback) throw unusable(settings, undefined);
  let agent: Agent | undefined;
  return {
    server: new URL(cluster.server),
    async credentials() {
      const options: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (cause) {
        throw new Fault('cluster-denied', `Getting credentials for ${cluster.server} failed`, {
          cause,
          hint: 'Check the user of the kubeconfig and the login program that it names.',
        });
      }
      agent = keepAlive(options.agent);
      return options;
    },
    close: () => agent?.destroy(),
  };
}

/** What `loadFromDefault` makes up when it finds nothing at all. */
const libraryFallback = 'http://localhost:8080';

async function loadConfig(settings: AccessSettings): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    if (settings.kubeconfig === null) config.loadFromDefault();
    else config.loadFromFile(settings.kubeconfig);
  } catch (cause) {
    throw unusable(settings, cause);
  }
  if (settings.context !== null) {
    if (config.getContextObject(settings.context) === null) throw unusable(settings, undefined);
    config.setCurrentContext(settings.context);
  }
  return config;
}

/**
 * The library makes one agent per KubeConfig, with the cluster's proxy, but closes its connections after each
 * request; sockets are pooled by certificate and key, so a rotated credential gets new ones.
 */
function keepAlive(agent: RequestOptions['agent']): Agent | undefined {
  if (typeof agent !== 'object') return undefined;
  Object.assign(agent, { keepAlive: true });
  return agent as Agent;
}

function unusable({ kubeconfig, context }: AccessSettings, cause: unknown): Fault {
  const where = kubeconfig ?? 'the default places';
  const what = context === null ? 'a cluster' : `the context ${context}`;
  return new Fault('cluster-denied', `Looking for ${what} in the kubeconfig of ${where} failed`, {
    cause,
    hint: 'Name the file and the context of the environment in the server configuration.',
    isRetryable: false,
  });
}
