import { type DockerConnection, dockerFault, engineMessage, statusOf } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';
import type { ReportProgress } from '../domain/step-progress.ts';
import { failureIn, jsonLines } from './json-lines.ts';
import { createLayerProgress } from './layer-progress.ts';
import { parseFullImageReference, type Registries } from './registries.ts';
import type { RegistryClient } from './registry-client.ts';

/** An image that the engine has. */
export interface LocalImage {
  imageId: string;
  /** `sha256:...` under which a registry has it; null when it never was in one. */
  digest: string | null;
  labels: Readonly<Record<string, string>>;
}

export type PullResult = { kind: 'pulled' } | { kind: 'unavailable'; reason: string };

interface PullTools {
  connection: DockerConnection;
  registries: Registries;
}

/** @returns undefined when the engine does not have the image; @throws Fault `docker-unreachable` */
export async function inspectImage(
  connection: DockerConnection,
  reference: string,
  signal: AbortSignal,
): Promise<LocalImage | undefined> {
  try {
    const { Id, RepoDigests, Config } = await connection.ask((docker) =>
      docker.getImage(reference).inspect(),
    );
    const digest = RepoDigests?.[0]?.split('@')[1] ?? null;
    return { imageId: Id, digest, labels: Config?.Labels ?? {} };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw dockerFault(error, { attempt: `inspect ${reference}`, connection, signal });
  }
}

export interface PullRequest {
  /** By tag or digest. */
  image: string;
  report?: ReportProgress | undefined;
}

/**
 * Fetches an image with the credentials of its own registry host. That it does not exist there, or may not be read, is
 * a value.
 * @throws Fault `registry-unreachable`, `docker-unreachable`
 */
export async function pullImage(
  tools: PullTools,
  { image, report }: PullRequest,
  signal: AbortSignal,
): Promise<PullResult> {
  const { connection, registries } = tools;
  const target = parseFullImageReference(image);
  if (target === null) return { kind: 'unavailable', reason: `"${image}" is not the name of an image` };
  const registry = registries.at(target.host);
  try {
    const docker = await connection.lasting();
    const progress = await docker.createImage(engineCredentials(registry), {
      fromImage: `${target.host}/${target.name}`,
      tag: target.reference,
      abortSignal: signal,
    });
    const read = createLayerProgress({ phase: 'base-image', what: `pulling ${image}` }, report);
    for await (const line of jsonLines(progress as AsyncIterable<Uint8Array>)) {
      read(line);
      const failure = failureIn(line);
      if (failure !== undefined) throw new PullFailed(failure.message);
    }
    return { kind: 'pulled' };
  } catch (error) {
    if (!(error instanceof PullFailed) && statusOf(error) === undefined) {
      throw dockerFault(error, { attempt: `pull ${image}`, connection, signal });
    }
    return explainFailedPull({ image, said: engineMessage(error), registry, target }, signal);
  }
}

/** What a Docker engine needs to log in to one registry; for a host without credentials an empty set, never none: some engines stumble over a push without this header. */
export function engineCredentials({ host, credentials }: RegistryClient): object {
  if (credentials === null) return { base64: Buffer.from('{}').toString('base64url') };
  return { username: credentials.username, password: credentials.password.reveal(), serveraddress: host };
}

class PullFailed extends Error {}

/** The engine tells a missing image from a refused or unreachable one by words only; the registry knows for certain. */
async function explainFailedPull(
  failed: {
    image: string;
    said: string;
    registry: RegistryClient;
    target: { name: string; reference: string };
  },
  signal: AbortSignal,
): Promise<PullResult> {
  const { image, said, registry, target } = failed;
  let digest: string | undefined;
  try {
    digest = await registry.digestOf(target.name, target.reference, signal);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'registry-denied') throw error;
    return { kind: 'unavailable', reason: `image ${image} cannot be pulled: ${error.message}` };
  }
  if (digest === undefined) {
    return { kind: 'unavailable', reason: `image ${image} does not exist in ${registry.host}` };
  }
  throw new Fault('registry-unreachable', `the Docker engine could not pull ${image}: ${said}`, {
    hint: `The registry has it: check that the engine reaches and trusts ${registry.host}`,
  });
}
