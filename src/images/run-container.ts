import { posix } from 'node:path';
import type { Logger } from 'pino';
import { copyOutput } from '../docker/container-output.ts';
import { type DockerConnection, dockerFault, engineMessage, statusOf } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';
import { containerEntries } from './container-entries.ts';
import { expectExit } from './container-exit.ts';
import { type ContainerFile, readContainerFile } from './container-file.ts';
import { type ContainerRequest, containerOptions } from './container-options.ts';
import { makeOutbox, outboxPath, readOutbox, removeOutbox } from './outbox.ts';
import { pullImage } from './pull-image.ts';
import type { Registries } from './registries.ts';
import { removeContainer } from './remove-containers.ts';
import { copyWorkspace } from './workspace-sharing.ts';

export type ContainerResult =
  /** `file` is the wanted one of a script that succeeded. */
  | { kind: 'exited'; exitCode: number; file?: ContainerFile }
  | { kind: 'out-of-memory' }
  /** The engine cannot run it as asked: no such image, no shell in it, more cores than there are. */
  | { kind: 'refused'; reason: string };

export interface ContainerTools {
  connection: DockerConnection;
  registries: Registries;
  logger: Logger;
  /** Who has to be able to remove what the container leaves in the workspace. */
  user: { uid: number; gid: number };
  /** Asked of the engine once. */
  seesWorkspaces(): Promise<boolean>;
}

/**
 * Runs a script in a container of its own and removes the container, however it ends. On abort it is killed at once.
 * @throws Fault `docker-unreachable`, or what `ready` and a pull throw
 */
export async function runContainer(
  tools: ContainerTools,
  request: ContainerRequest,
  signal: AbortSignal,
): Promise<ContainerResult> {
  const { connection } = tools;
  const ready = request.ready();
  ready.catch(() => undefined);
  try {
    const created = await createContainer(tools, request, signal);
    if ('refused' in created) return { kind: 'refused', reason: created.refused };
    await using removal = new AsyncDisposableStack();
    const { container } = created;
    removal.defer(() => cleanUp(tools, request, container));
    const result = await execute({ ...created, tools, request, ready }, signal);
    // It runs no more, so that nothing but the engine's disk knows of it: whoever takes that over does it, not this function.
    if (result.kind !== 'refused' && request.leave !== undefined) {
      removal.move();
      request.leave(() => removeAll(tools, request, container));
    }
    return result;
  } catch (error) {
    throw dockerFault(error, { attempt: 'run the container', connection, signal });
  }
}

type Creation = { container: string } | { refused: string };

/** Made without asking first whether the image is there: it nearly always is. */
async function createContainer(
  tools: ContainerTools,
  request: ContainerRequest,
  signal: AbortSignal,
): Promise<Creation> {
  const { name, pull } = request.image;
  const created = await tryCreate(tools, request);
  if (created !== 'no-image') return created;
  if (pull === null) throw imageIsGone(name);
  request.write(`pulling ${pull}\n`);
  const pulled = await pullImage(tools, { image: pull, report: request.report }, signal);
  if (pulled.kind === 'unavailable') return { refused: pulled.reason };
  const again = await tryCreate(tools, request);
  if (again === 'no-image') throw imageIsGone(name);
  return again;
}

async function tryCreate(tools: ContainerTools, request: ContainerRequest): Promise<Creation | 'no-image'> {
  const { connection } = tools;
  const { cpus } = await connection.facts();
  const options = containerOptions(request, { cpus, seesWorkspace: await tools.seesWorkspaces() });
  const create = async () => {
    const { id } = await connection.ask((docker) => docker.createContainer({ ...options }));
    return { container: id };
  };
  try {
    return await create();
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return 'no-image';
    if (status === 400) return { refused: engineMessage(error) };
    if (status !== 409) throw error;
    // A container of this very attempt: its worker died before it could remove it.
    await removeContainer(connection, options.name);
    return await create();
  }
}

function imageIsGone(name: string): Fault {
  return new Fault('docker-unreachable', `the Docker engine no longer has the image ${name}`, {
    hint: 'Something removed it after it was built; run the pipeline again',
  });
}

interface Created {
  container: string;
  tools: ContainerTools;
  request: ContainerRequest;
  ready: Promise<unknown>;
}

async function execute(created: Created, signal: AbortSignal): Promise<ContainerResult> {
  const { container, tools, request, ready } = created;
  const { connection } = tools;
  const lasting = (await connection.lasting()).getContainer(container);
  // Attached before the start, or the first lines would be lost; read at once, or a broken stream would have no listener.
  const output = await lasting.attach({ stream: true, stdout: true, stderr: true, abortSignal: signal });
  const copied = copyOutput(output, request.write, request.drained);
  copied.catch(() => undefined);
  using expected = await expectExit(connection, container, signal);
  const isShared = await tools.seesWorkspaces();
  if (isShared && request.wanted !== undefined) await makeOutbox(request.workspace);
  await ready;
  if (!isShared) await copyWorkspace(connection, { container, workspace: request.workspace }, signal);
  await joinServices(connection, container, request);
  signal.throwIfAborted();
  try {
    await connection.ask((docker) => docker.getContainer(container).start());
  } catch (error) {
    const status = statusOf(error);
    if (status === 400 || status === 404) return { kind: 'refused', reason: engineMessage(error) };
    throw error;
  }
  const [exitCode] = await Promise.all([expected.exit, copied]);
  if (exitCode === 0) {
    await request.keep?.((path) =>
      containerEntries(connection, { container, path: posix.join('/workspace', path) }, signal),
    );
    const file = await readWanted(created, isShared, signal);
    return { kind: 'exited', exitCode, ...(file !== undefined && { file }) };
  }
  const { State } = await connection.ask((docker) => docker.getContainer(container).inspect());
  return State.OOMKilled ? { kind: 'out-of-memory' } : { kind: 'exited', exitCode };
}

async function readWanted(
  { container, tools, request }: Created,
  isShared: boolean,
  signal: AbortSignal,
): Promise<ContainerFile | undefined> {
  const { wanted, workspace } = request;
  if (wanted === undefined) return undefined;
  const file = isShared ? await readOutbox(workspace, wanted) : null;
  if (file !== null) return file;
  const place = { container, path: outboxPath(isShared), mostBytes: wanted.mostBytes };
  return readContainerFile(tools.connection, place, signal);
}

async function joinServices(
  connection: DockerConnection,
  container: string,
  { network, servicesNetwork }: ContainerRequest,
): Promise<void> {
  if (servicesNetwork === undefined || network === 'none') return;
  await connection.ask((docker) => docker.getNetwork(servicesNetwork).connect({ Container: container }));
}

/** What cannot be cleaned up now is found by its labels, or when the workspace is removed; the result stands. */
async function cleanUp(tools: ContainerTools, request: ContainerRequest, container: string): Promise<void> {
  try {
    await removeAll(tools, request, container);
  } catch (error) {
    tools.logger.warn({ err: error, container }, 'a container could not be cleaned up');
  }
}

async function removeAll(tools: ContainerTools, request: ContainerRequest, container: string): Promise<void> {
  await removeContainer(tools.connection, container);
  if (!(await tools.seesWorkspaces())) return;
  if (tools.user.uid !== 0) await giveBackWorkspace(tools, request);
  if (request.wanted !== undefined) await removeOutbox(request.workspace);
}

/** The script ran as root; where we are somebody else, what it wrote becomes ours, so that we can remove it. */
async function giveBackWorkspace(tools: ContainerTools, request: ContainerRequest): Promise<void> {
  const { connection, user } = tools;
  const owner = { ...request.owner, step: `${request.owner.step}-chown` };
  const folders = request.wanted === undefined ? '/workspace' : '/workspace /trunkline';
  const script = `chown -R ${user.uid}:${user.gid} ${folders}`;
  const created = await tryCreate(tools, {
    ...request,
    ...{ owner, script, env: {}, network: 'none', servicesNetwork: undefined },
  });
  if (created === 'no-image' || 'refused' in created) return;
  const { container } = created;
  try {
    await connection.ask((docker) => docker.getContainer(container).start());
    await connection.ask((docker) => docker.getContainer(container).wait());
  } finally {
    await removeContainer(connection, container);
  }
}
