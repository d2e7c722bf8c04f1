import { type DockerConnection, dockerFault, engineMessage, statusOf } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';
import type { ReportProgress } from '../domain/step-progress.ts';
import { failureIn, jsonLines } from './json-lines.ts';
import { createLayerProgress } from './layer-progress.ts';
import { engineCredentials } from './pull-image.ts';
import type { RegistryClient } from './registry-client.ts';

export interface PushRequest {
  imageId: string;
  registry: RegistryClient;
  /** Without the host: `shop/cart`. */
  name: string;
  tag: string;
  report?: ReportProgress | undefined;
}

/**
 * Lets the engine send an image to a registry under one tag. The caller asks the registry what arrived; the engine's
 * word is not taken for it. The tag stays in the engine: taking away an image's last tag would delete the image.
 * @throws Fault `registry-denied`, `registry-unreachable`, `docker-unreachable`
 */
export async function pushImage(
  connection: DockerConnection,
  request: PushRequest,
  signal: AbortSignal,
): Promise<void> {
  const { imageId, registry, name, tag } = request;
  const repository = `${registry.host}/${name}`;
  try {
    await connection.ask((docker) => docker.getImage(imageId).tag({ repo: repository, tag }));
    const docker = await connection.lasting();
    const authconfig = engineCredentials(registry);
    const progress = await docker.getImage(repository).push({ tag, authconfig, abortSignal: signal });
    const read = createLayerProgress({ phase: 'push', what: `pushing ${name}:${tag}` }, request.report);
    for await (const line of jsonLines(progress as AsyncIterable<Uint8Array>)) {
      read(line);
      const failure = failureIn(line);
      if (failure !== undefined) throw new PushFailed(failure.message);
    }
  } catch (error) {
    if (!(error instanceof PushFailed) && statusOf(error) === undefined) {
      throw dockerFault(error, { attempt: `push ${repository}:${tag}`, connection, signal });
    }
    await registry.confirmPush(name, signal);
    throw new Fault('registry-unreachable', `pushing ${repository}:${tag} failed: ${engineMessage(error)}`, {
      cause: error,
      hint: `If it stays so, check that the Docker engine reaches and trusts ${registry.host}`,
    });
  }
}

class PushFailed extends Error {}
