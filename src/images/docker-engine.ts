import type { Logger } from 'pino';
import type { DockerConfig } from '../config/server-config.ts';
import { createDockerConnection, dockerFault, statusOf } from '../docker/docker-connection.ts';
import { onOneEngine } from '../docker/one-engine.ts';
import { lazily } from '../domain/lazily.ts';
import { type BuildRequest, type BuildResult, buildImage } from './build-image.ts';
import type { ContainerOwner, ContainerRequest } from './container-options.ts';
import { inspectImage, type PullRequest, type PullResult, pullImage } from './pull-image.ts';
import { type PushRequest, pushImage } from './push-image.ts';
import type { Registries } from './registries.ts';
import { removeStaleContainers } from './remove-containers.ts';
import { type ContainerResult, runContainer } from './run-container.ts';
import { type RunningServices, type ServicesRequest, startServices } from './run-services.ts';
import { seesOurFolders } from './workspace-sharing.ts';

/**
 * The Docker engine of this worker. A user's failure is a value; every method throws Fault `docker-unreachable`
 * when the engine does not answer, ends when `signal` aborts, and is safe to repeat.
 */
export interface DockerEngine {
  /** Tells engines apart: an image id means something in one engine only. */
  id(signal: AbortSignal): Promise<string>;
  has(imageId: string, signal: AbortSignal): Promise<boolean>;
  build(request: BuildRequest, signal: AbortSignal): Promise<BuildResult>;
  /** A host that is configured is asked with its credentials. */
  pull(request: PullRequest, signal: AbortSignal): Promise<PullResult>;
  push(request: PushRequest, signal: AbortSignal): Promise<void>;
  runContainer(request: ContainerRequest, signal: AbortSignal): Promise<ContainerResult>;
  startServices(request: ServicesRequest, signal: AbortSignal): Promise<RunningServices | { failed: string }>;
  /** With the networks of their services. */
  removeStaleContainers(
    isStale: (owner: ContainerOwner) => boolean | Promise<boolean>,
    signal: AbortSignal,
  ): Promise<number>;
  /** Removes an image with all its tags; one that is not there is as good. */
  remove(imageId: string, signal: AbortSignal): Promise<void>;
}

export function createDockerEngine(options: {
  docker: Pick<DockerConfig, 'host' | 'builder'>;
  registries: Registries;
  logger: Logger;
  /** A folder of ours, beside the workspaces: what the engine sees of it decides how they get into containers. */
  folder: string;
  /** Default: the user of this process. */
  user?: { uid: number; gid: number };
}): DockerEngine {
  const { docker, registries, logger, folder } = options;
  const connection = createDockerConnection(docker.host);
  const user = options.user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const seesWorkspaces = lazily(() => seesOurFolders(connection, folder));
  const tools = { connection, registries, logger, user, seesWorkspaces };
  return {
    async id(signal) {
      try {
        const { id } = await connection.facts();
        return id;
      } catch (error) {
        throw dockerFault(error, { attempt: 'name itself', connection, signal });
      }
    },
    has: async (imageId, signal) => (await inspectImage(connection, imageId, signal)) !== undefined,
    build: (request, signal) =>
      onOneEngine({ attempt: 'build the image', connection, signal }, (isWatched) =>
        isWatched.then(() =>
          buildImage({ connection, registries, logger, builder: docker.builder }, request, signal),
        ),
      ),
    pull: (request, signal) =>
      onOneEngine({ attempt: `pull ${request.image}`, connection, signal }, (isWatched) =>
        isWatched.then(() => pullImage({ connection, registries }, request, signal)),
      ),
    push: (request, signal) =>
      onOneEngine({ attempt: `push ${request.name}:${request.tag}`, connection, signal }, (isWatched) =>
        isWatched.then(() => pushImage(connection, request, signal)),
      ),
    runContainer: (request, signal) =>
      onOneEngine({ attempt: 'run the container', connection, signal }, (isWatched) =>
        runContainer(tools, { ...request, ready: () => Promise.all([request.ready(), isWatched]) }, signal),
      ),
    startServices: (request, signal) =>
      onOneEngine({ attempt: 'start the services', connection, signal }, (isWatched) =>
        isWatched.then(() => startServices(tools, request, signal)),
      ),
    removeStaleContainers: (isStale, signal) => removeStaleContainers(connection, isStale, signal),
    async remove(imageId, signal) {
      try {
        await connection.ask((docker) => docker.getImage(imageId).remove({ force: true }));
      } catch (error) {
        if (statusOf(error) !== 404)
          throw dockerFault(error, { attempt: `remove ${imageId}`, connection, signal });
      }
    },
  };
}
