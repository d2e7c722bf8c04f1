import type { Cluster } from '../../clusters/cluster.ts';
import type { EnvironmentConfig } from '../../config/server-config.ts';
import { Fault } from '../../domain/fault.ts';
import type { Db } from '../../store/database.ts';
import { acceptCluster, rememberCluster } from '../../store/environment-clusters.ts';

export interface ClusterPlace {
  db: Db;
  cluster: Cluster;
  environment: EnvironmentConfig;
}

/**
 * Why nothing may be written: the environment leads to another cluster than before, as an edited kubeconfig, a context
 * of the same name or an address that was given to another machine make it. undefined: it is the same, or the account
 * may not ask which one it is.
 */
export async function otherCluster(
  { db, cluster, environment }: ClusterPlace,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name, clusterId } = environment;
  const found = await cluster.identify(signal);
  if (found === null) return clusterId === null ? undefined : unknownCluster(environment, clusterId);
  if (clusterId === null) return compare(db, { environment: name, found });
  if (clusterId !== found)
    return `the environment ${name} leads to the cluster ${found}, and by its cluster-id it is ${clusterId}: nothing was written; mend how the environment reaches its cluster, or its cluster-id, in the server's config`;
  await acceptCluster(db, { environment: name, found });
  return undefined;
}

/**
 * Before work is taken up again that has begun in the cluster: what it has written is not there to be finished, deleted
 * or rolled back.
 * @throws Fault `cluster-other`, upon which nothing may be written
 */
export async function assertSameCluster(place: ClusterPlace, signal: AbortSignal): Promise<void> {
  const elsewhere = await otherCluster(place, signal);
  if (elsewhere === undefined) return;
  const hint = 'What was begun there is as the worker before has left it: look at it, then retry the run.';
  throw new Fault('cluster-other', `Cannot go on: ${elsewhere}`, { hint, isRetryable: false });
}

export function leadsElsewhere(error: unknown): boolean {
  return error instanceof Fault && error.code === 'cluster-other';
}

async function compare(db: Db, place: { environment: string; found: string }): Promise<string | undefined> {
  const { environment, found } = place;
  const { clusterId, recordedAt } = await rememberCluster(db, place);
  if (clusterId === found) return undefined;
  const since = recordedAt.toISOString().slice(0, 10);
  return `the environment ${environment} leads to the cluster ${found}, and since ${since} it was ${clusterId}: nothing was written; mend how the environment reaches its cluster, or accept the other one by "cluster-id: ${found}" under environments.${environment} in the server's config`;
}

function unknownCluster({ name, cluster }: EnvironmentConfig, clusterId: string): string {
  const right =
    cluster.kind === 'kubernetes'
      ? 'let the account get the namespace kube-system'
      : 'make the engine the manager of a swarm';
  return `the environment ${name} is to lead to the cluster ${clusterId}, and which one it is cannot be asked: nothing was written; ${right}, or take out cluster-id`;
}
