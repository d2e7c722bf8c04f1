import type Dockerode from 'dockerode';
import { type DockerConnection, dockerFault, engineMessage, statusOf } from '../docker/docker-connection.ts';
import type { ReportProgress, StepProgress } from '../domain/step-progress.ts';
import { type ContainerLimits, type ContainerOwner, ownerLabels, safeguards } from './container-options.ts';
import { pullImage } from './pull-image.ts';
import { removeContainer, removeNetwork } from './remove-containers.ts';
import type { ContainerTools } from './run-container.ts';
import { lastWordsOf, waitUntilReady } from './service-readiness.ts';

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
      request.report?.(waitingFor(service));
      const failed = await waitUntilReady(connection, { service, name }, signal);
      if (failed === null) continue;
      request.write(await lastWordsOf(connection, { service, name }, signal));
      return { failed: `service ${service.name} ${failed}` };
    }
    const running = started.move();
    return { network, [Symbol.asyncDispose]: () => running.disposeAsync() };
  } catch (error) {
    throw dockerFault(error, { attempt: 'start the services', connection, signal });
  }
}

function waitingFor({ name }: ServiceRequest): StepProgress {
  const text = `waiting until service ${name} is ready`;
  return { phase: 'command', text, done: 0, total: null, unit: 'steps', items: [] };
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
