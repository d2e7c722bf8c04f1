import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createDockerConnection } from '../../docker/docker-connection.ts';
import { askEngine, type Engine } from './engine.ts';

const defaultSocket = 'unix:///var/run/docker.sock';

/** The engine that this machine has already: that of DOCKER_HOST, else the one at the default socket. */
export async function findMachineEngine(dockerHost: string | undefined): Promise<Engine | undefined> {
  for (const host of new Set([dockerHost || defaultSocket, defaultSocket])) {
    const connection = createDockerConnection(host);
    const answer = await askEngine(connection);
    if (answer !== undefined)
      return { connection, ...answer, address: '127.0.0.1', beside: [], isOwn: false };
  }
  return undefined;
}

/** Where systemd runs, it starts an engine that has just been installed; elsewhere nobody does. */
export async function awaitInstalledEngine(signal: AbortSignal): Promise<Engine | undefined> {
  if (!(await isRunBySystemd())) return findMachineEngine(undefined);
  const end = performance.now() + 30_000;
  for (;;) {
    const engine = await findMachineEngine(undefined);
    if (engine !== undefined || performance.now() > end) return engine;
    await delay(250, undefined, { signal });
  }
}

function isRunBySystemd(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  );
}

/** Why a demo on a swarm cannot use this engine; undefined when it can. */
export function unfitForSwarm({ connection, swarm }: Engine): string | undefined {
  const { protocol, hostname } = new URL(connection.host);
  if (protocol !== 'unix:' && hostname !== '127.0.0.1' && hostname !== 'localhost')
    return `the engine at ${connection.host} is on another machine`;
  if (swarm.state === 'worker') return `the engine at ${connection.host} is a worker of somebody's swarm`;
  if (swarm.nodes > 1)
    return `the swarm of the engine at ${connection.host} has other machines, which cannot reach a registry here`;
  return undefined;
}
