import type { Cluster } from '../clusters/cluster.ts';
import { createKubernetesCluster } from '../clusters/kubernetes/kubernetes-cluster.ts';
import { createSwarmCluster } from '../clusters/swarm/swarm-cluster.ts';
import type { EnvironmentConfig, ServerConfig } from '../config/server-config.ts';
import { createRegistryAsker } from '../images/ask-registry.ts';

type ClusterConfig = EnvironmentConfig['cluster'];
type Engines = {
  [Kind in ClusterConfig['kind']]: (settings: Extract<ClusterConfig, { kind: Kind }>) => Cluster;
};

/** One connection per environment, made at first use and kept. */
export function clusterPerEnvironment({
  registries,
}: Pick<ServerConfig, 'registries'>): (environment: EnvironmentConfig) => Cluster {
  const credentialsFor = (host: string) =>
    Object.values(registries).find((registry) => registry.host === host)?.credentials ?? null;
  const asker = createRegistryAsker(registries);
  const engines: Engines = {
    kubernetes: (settings) => createKubernetesCluster({ ...settings, registries: asker }),
    swarm: (settings) => createSwarmCluster({ ...settings, credentialsFor }),
  };
  const clusters = new Map<string, Cluster>();
  return ({ name, cluster }) => {
    const known = clusters.get(name) ?? open(engines, cluster);
    clusters.set(name, known);
    return known;
  };
}

function open(engines: Engines, config: ClusterConfig): Cluster {
  return config.kind === 'swarm' ? engines.swarm(config) : engines.kubernetes(config);
}
