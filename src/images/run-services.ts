import { setTimeout as pause } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { type DockerConnection, dockerFault, engineMessage, statusOf } from '../docker/docker-connection.ts';
import type { ReportProgress } from '../domain/step-progress.ts';
import { type ContainerLimits, type ContainerOwner, ownerLabels, safeguards } from './container-options.ts';
import { pullImage } from './pull-image.ts';
import { removeContainer, removeNetwork } from './remove-containers.ts';
import type { ContainerTools } from './run-container.ts';

/** A container beside a step, which its commands reach by its name. */
export interface ServiceRequest {
  name: string;
  image: string;
  /** null: the image's own. */
  command: string[] | null;
  env: Readonly<Record<string, string>>;
  /** A line for the container's `/bin/sh`, tried until it succeeds; null: the image's health check, where it has one. */
  ready: string | null;
  readyWithinMs: number;
  limits: ContainerLimits;
}

export interface ServicesRequest {
  owner: ContainerOwner;
  services: readonly ServiceRequest[];
  write(text: string): void;
  report?: ReportProgress | undefined;
}

/** Disposed, they are gone, and their network. */
export interface RunningServices extends AsyncDisposable {
  /** The network that they are on, and nobody else but the step: it leads nowhere. */
  network: string;
}

/**
 * Starts services on a network of their own and waits until each is ready. What was started is removed again when one of
 * them does not become so, and when the signal aborts.
 * @returns `failed` when an image or a service is not as it should be
 * @throws Fault `docker-unreachable`
 */
export async function startServices(
  tools: ContainerTools,
  request: ServicesRequest,
  signal: AbortSignal,
): Promise<RunningServices | { failed: string }> {
  const { connection, logger } = tools;
  await using started = new AsyncDisposableStack();
  const removing = (remove: () => Promise<void>) =>
    started.defer(() =>
      remove().catch((error: unknown) => logger.warn({ err: error }, 'a service could not be removed')),
    );
  try {
    const network = await createNetwork(connection, request.owner);
    removing(() => removeNetwork(connection, network));
    for (const service of request.services) {
      const name = containerName(request.owner, service.name);
      removing(() => removeContainer(connection, name));
      const refused = await create({ tools, request, service, network, name }, signal);
      if (refused !== null) return { failed: `service ${service.name}: ${refused}` };
      await connection.ask((docker) => docker.getContainer(name).start());
    }
    for (const service of request.services) {
      const name = containerName(request.owner, service.name);
      const failed = await waitUntilReady(connection, { service, name }, signal);
      if (failed === null) continue;
      request.write(`last output of service ${service.name}:\n${await tailOf(connection, name)}`);
      return { failed: `service ${service.name} ${failed}` };
    }
    const running = started.move();
    return { network, [Symbol.asyncDispose]: () => running.disposeAsync() };
  } catch (error) {
    throw dockerFault(error, { attempt: 'start the services', connection, signal });
  }
}

async function createNetwork(connection: DockerConnection, owner: ContainerOwner): Promise<string> {
  const name = `trunkline-${owner.run}-${owner.step}-${owner.attempt}`;
  // One of this very attempt: its worker died before it could remove it.
  await removeNetwork(connection, name);
  await connection.ask((docker) =>
    docker.createNetwork({ Name: name, Driver: 'bridge', Internal: true, Labels: labelsOf(owner) }),
  );
  return name;
}

interface Creation {
  tools: ContainerTools;
  request: ServicesRequest;
  service: ServiceRequest;
  network: string;
  name: string;
}

/** @returns why it cannot be, or null */
async function create(creation: Creation, signal: AbortSignal): Promise<string | null> {
  const { tools, request, service } = creation;
  const refused = await tryCreate(creation);
  if (refused !== 'no-image') return refused;
  request.write(`pulling ${service.image}\n`);
  const pulled = await pullImage(tools, { image: service.image, report: request.report }, signal);
  if (pulled.kind === 'unavailable') return pulled.reason;
  return await tryCreate(creation);
}

async function tryCreate({ tools, request, service, network, name }: Creation): Promise<string | null> {
  const { connection } = tools;
  const { cpus } = await connection.facts();
  await removeContainer(connection, name);
  const options = serviceOptions(request.owner, service, { network, name, cpus });
  try {
    await connection.ask((docker) => docker.createContainer(options));
    return null;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return 'no-image';
    if (status === 400) return engineMessage(error);
    throw error;
  }
}

function serviceOptions(
  owner: ContainerOwner,
  { name: alias, image, command, env, limits }: ServiceRequest,
  { network, name, cpus }: { network: string; name: string; cpus: number },
): Dockerode.ContainerCreateOptions & { name: string } {
  return {
    name,
    Image: image,
    Labels: labelsOf(owner),
    ...(command !== null && { Cmd: command }),
    Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
    HostConfig: {
      ...safeguards(limits, cpus),
      NetworkMode: network,
      // Enough to tell why it did not become ready.
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [alias] } } },
  };
}

interface Waiting {
  service: ServiceRequest;
  name: string;
}

const askEveryMs = 250;
const endNoticedWithinMs = 2000;

/** @returns what it did instead, or null */
async function waitUntilReady(
  connection: DockerConnection,
  { service, name }: Waiting,
  signal: AbortSignal,
): Promise<string | null> {
  const until = performance.now() + service.readyWithinMs;
  while (performance.now() < until) {
    signal.throwIfAborted();
    const { State } = await connection.ask((docker) => docker.getContainer(name).inspect());
    if (!State.Running) return `ended with exit code ${State.ExitCode} before it was ready`;
    const isReady =
      service.ready === null
        ? State.Health === undefined || State.Health.Status === 'healthy'
        : await succeeds(connection, { name, line: service.ready, until }, signal);
    if (isReady) return null;
    await pause(askEveryMs, undefined, { signal });
  }
  return `was not ready within ${service.readyWithinMs / 1000} s`;
}

interface Check {
  name: string;
  line: string;
  until: number;
}

/** Whether a line of the shell succeeds in a container; not in one that ends meanwhile, which the next look tells. */
async function succeeds(connection: DockerConnection, check: Check, signal: AbortSignal): Promise<boolean> {
  try {
    return await execute(connection, check, signal);
  } catch (error) {
    const status = statusOf(error);
    const mayHaveEnded = status === 400 || status === 500;
    if (status === 409 || (mayHaveEnded && (await endsSoon(connection, check.name, signal)))) return false;
    throw error;
  }
}

/** The runtime knows that a container has ended before the engine does, which answers 400 or 500 then. */
async function endsSoon(connection: DockerConnection, name: string, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + endNoticedWithinMs;
  do {
    const { State } = await connection.ask((docker) => docker.getContainer(name).inspect());
    if (!State.Running) return true;
    await pause(askEveryMs, undefined, { signal });
  } while (performance.now() < until);
  return false;
}

async function execute(
  connection: DockerConnection,
  { name, line, until }: Check,
  signal: AbortSignal,
): Promise<boolean> {
  const exec = await connection.ask((docker) =>
    docker.getContainer(name).exec({ Cmd: ['/bin/sh', '-c', line] }),
  );
  await connection.ask(() => exec.start({ Detach: true }));
  while (performance.now() < until) {
    const { Running, ExitCode } = await connection.ask(() => exec.inspect());
    if (!Running) return ExitCode === 0;
    await pause(askEveryMs, undefined, { signal });
  }
  return false;
}

async function tailOf(connection: DockerConnection, name: string): Promise<string> {
  const log = await connection.ask((docker) =>
    docker.getContainer(name).logs({ stdout: true, stderr: true, tail: 50 }),
  );
  return textOfFrames(log);
}

/** Output as the engine keeps it: each part behind eight bytes of type and length. */
function textOfFrames(log: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    parts.push(log.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString();
}

function containerName({ run, step, attempt }: ContainerOwner, service: string): string {
  return `trunkline-${run}-${step}-${attempt}-${service}`;
}

function labelsOf({ run, step, attempt }: ContainerOwner): Record<string, string> {
  return {
    [ownerLabels.run]: run,
    [ownerLabels.step]: step,
    [ownerLabels.attempt]: String(attempt),
  };
}
