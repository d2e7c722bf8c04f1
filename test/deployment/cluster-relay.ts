import { type BridgeRelay, startBridgeRelay } from '../support/bridge-relay.ts';
import type { Kubernetes } from '../support/kubernetes.ts';

export type ClusterRelay = BridgeRelay & {
  /** A kubeconfig that works inside of containers. */
  kubeconfig: string;
};

/** Leads containers to the API server of the tests, wherever it listens. */
export async function startClusterRelay({ kubectl }: Kubernetes): Promise<ClusterRelay> {
  const view = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'));
  const [{ cluster }] = view.clusters;
  const server = new URL(cluster.server);
  const relay = await startBridgeRelay(`${server.hostname}:${server.port || 443}`);
  // Its certificate is made out for the address that the relay hides.
  Object.assign(cluster, { server: `https://${relay.address}`, 'tls-server-name': 'kubernetes.default' });
  return { ...relay, kubeconfig: JSON.stringify(view) };
}
