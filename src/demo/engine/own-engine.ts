import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDockerConnection } from '../../docker/docker-connection.ts';
import { Fault } from '../../domain/fault.ts';
import type { Daemons } from '../setup/daemons.ts';
import type { DemoFolder } from '../setup/demo-folder.ts';
import type { Tools } from '../setup/run-tool.ts';
import { runtimeArguments } from './clamped-runtime.ts';
import { askEngine, type Engine } from './engine.ts';
import { openNetwork } from './own-network.ts';

export interface OwnEngineSetting {
  /** Of the demo. */
  id: string;
  folder: DemoFolder;
  daemons: Daemons;
  tools: Tools;
}

/**
 * Starts a Docker engine whose data is in the demo's folder, in a network of its own: bridges, firewall rules and
 * swarm of other engines on this machine are not touched, and it has no way out of this machine. What it has pulled
 * and built stays for the next start, its containers and its swarm do not. Needs root.
 */
export async function startOwnEngine(
  { id, folder, daemons, tools }: OwnEngineSetting,
  signal: AbortSignal,
): Promise<Engine & AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const network = opening.use(await openNetwork({ id, daemons, tools }, signal));
  // Short, and never on a file system that knows no sockets: a socket's path has at most 107 bytes.
  const runFolder = `/run/trunkline-demo-${id}`;
  await mkdir(runFolder, { recursive: true, mode: 0o700 });
  opening.defer(() => rm(runFolder, { recursive: true, force: true }));
  const dataRoot = folder.inside('docker');
  await rm(join(dataRoot, 'swarm'), { recursive: true, force: true });
  await rm(join(runFolder, 'docker.pid'), { force: true });
  const connection = createDockerConnection(`unix://${join(runFolder, 'docker.sock')}`);
  const [command = '', ...before] = network.inside;
  opening.use(
    await daemons.start(
      {
        name: 'dockerd',
        command,
        args: [
          ...[...before, 'dockerd', '--host', connection.host, '--pidfile', join(runFolder, 'docker.pid')],
          ...['--data-root', dataRoot, '--exec-root', join(runFolder, 'exec')],
          ...['--insecure-registry', `${network.address}/32`, '--exec-opt', 'native.cgroupdriver=cgroupfs'],
          ...(await runtimeArguments(folder.inside())),
        ],
        isReady: async () => (await askEngine(connection)) !== undefined,
      },
      signal,
    ),
  );
  const answer = await askEngine(connection);
  if (answer === undefined) throw new Fault('docker-unreachable', 'The engine of the demo went away');
  const opened = opening.move();
  return {
    connection,
    ...answer,
    address: network.address,
    beside: network.inside,
    isOwn: true,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
