import { setTimeout as delay } from 'node:timers/promises';
import { type DockerConnection, statusOf } from '../../docker/docker-connection.ts';

/** What a deployment of the demo leaves in a swarm. */
export interface DemoStack {
  connection: DockerConnection;
  service: string;
  network: string;
}

const deadlineMs = 30_000;

/** Removes the service and its network, and returns when the last container has ended. Safe to repeat. */
export async function removeStack({ connection, service, network }: DemoStack): Promise<void> {
  await connection.ask((docker) => docker.getService(service).remove()).catch(ignoreMissing);
  const end = performance.now() + deadlineMs;
  while ((await hasContainers(connection, service)) && performance.now() < end) await delay(100);
  // The swarm lets go of a network a moment after its last task.
  while (!(await removeNetwork(connection, network)) && performance.now() < end) await delay(200);
}

async function hasContainers(connection: DockerConnection, service: string): Promise<boolean> {
  const filters = { label: [`com.docker.swarm.service.name=${service}`] };
  return (await connection.ask((docker) => docker.listContainers({ filters }))).length > 0;
}

async function removeNetwork(connection: DockerConnection, network: string): Promise<boolean> {
  return connection
    .ask((docker) => docker.getNetwork(network).remove())
    .then(
      () => true,
      (error: unknown) => statusOf(error) === 404,
    );
}

function ignoreMissing(error: unknown): void {
  if (statusOf(error) !== 404) throw error;
}
