import { type DockerConnection, dockerFault, statusOf } from '../docker/docker-connection.ts';
import { type ContainerOwner, ownerLabels } from './container-options.ts';

/** Removes the containers of ours that `isStale` says nobody waits for any more, and their networks. @returns how many containers */
export async function removeStaleContainers(
  connection: DockerConnection,
  isStale: (owner: ContainerOwner) => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  const filters = { label: Object.values(ownerLabels) };
  try {
    for (const { Id, Labels } of await connection.ask((docker) =>
      docker.listContainers({ all: true, filters }),
    )) {
      if (!(await isStale(readOwner(Labels)))) continue;
      await removeContainer(connection, Id);
      removed++;
    }
    const networks = await connection.ask((docker) => docker.listNetworks({ filters }));
    for (const { Id, Labels = {} } of networks)
      if (await isStale(readOwner(Labels))) await removeIfEmpty(connection, Id);
    return removed;
  } catch (error) {
    throw dockerFault(error, { attempt: 'remove stale containers', connection, signal });
  }
}

/** Removes a container by id or name, and kills it where it still runs. One that is gone, or is being removed by somebody else, is as good. */
export async function removeContainer(connection: DockerConnection, container: string): Promise<void> {
  try {
    await connection.ask((docker) => docker.getContainer(container).remove({ force: true, v: true }));
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && status !== 409) throw error;
  }
}

/** One whose last container is just being removed by somebody else is left to the next look. */
async function removeIfEmpty(connection: DockerConnection, network: string): Promise<void> {
  try {
    await removeNetwork(connection, network);
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
  }
}

/**
 * One that is gone is as good. An engine that is being stopped is left alone: Docker 20.10 leaves half of the network
 * behind then, and does not start again with that.
 */
export async function removeNetwork(connection: DockerConnection, network: string): Promise<void> {
  await connection.greet();
  try {
    await connection.ask((docker) => docker.getNetwork(network).remove());
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

function readOwner(labels: Record<string, string>): ContainerOwner {
  return {
    run: labels[ownerLabels.run] ?? '',
    step: labels[ownerLabels.step] ?? '',
    attempt: Number(labels[ownerLabels.attempt]),
  };
}
