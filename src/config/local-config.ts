import { tmpdir } from 'node:os';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Problem } from '../domain/problem.ts';
import { Secret } from '../domain/secret.ts';
import type { Environment } from './config-reading.ts';
import { loadServerConfig } from './load-server-config.ts';
import type { DockerConfig, ServerConfig, StepSecret } from './server-config.ts';

interface LocalConfigWish {
  /** A trunkline.yaml; null: none, the defaults hold. */
  file: string | null;
  environment: Environment;
  pipeline: Pipeline;
}

/**
 * The config for one run on this machine. Without a file a pipeline gets the network and as much as it asks for: it is
 * the user's own machine. Of the environment only what names the Docker engine counts, and secrets of the file.
 */
export async function localConfig({
  file,
  environment,
  pipeline,
}: LocalConfigWish): Promise<{ config: ServerConfig } | { problems: Problem[] }> {
  const { DOCKER_HOST } = environment;
  const read = await loadServerConfig({
    flags: file === null ? {} : { config: file },
    environment: file === null ? { DOCKER_HOST } : environment,
    // Without a file it must not find one that nobody has named.
    cwd: file === null ? `${tmpdir()}/trunkline-no-config` : process.cwd(),
  });
  if ('problems' in read || file !== null) return read;
  const secrets = secretsHere(environment, pipeline);
  return { config: { ...read.config, secrets, docker: generous(read.config.docker, pipeline) } };
}

/** Somebody's own secrets: for each variable that a step wants, the one of this name here. */
function secretsHere(environment: Environment, { steps }: Pipeline): ServerConfig['secrets'] {
  const wanted = steps.flatMap((step) => Object.entries(('secrets' in step && step.secrets) || {}));
  const found = wanted.flatMap(([variable, name]) => {
    const value = environment[variable];
    return value === undefined ? [] : [[name, openSecret(value)] as const];
  });
  return Object.fromEntries(found);
}

function openSecret(value: string): StepSecret {
  return { value: new Secret(value), pipelines: null, branches: null, mergeRequests: true };
}

function generous(docker: DockerConfig, { steps }: Pipeline): DockerConfig {
  const asked = steps.flatMap((step) => (step.kind === 'run' ? [step] : []));
  const { limits } = docker;
  return {
    ...docker,
    networks: [...docker.networks, ...asked.flatMap(({ network }) => network ?? [])],
    limits: {
      ...limits,
      cpus: Math.max(limits.cpus, ...asked.map(({ cpus }) => cpus ?? 0)),
      memoryBytes: Math.max(limits.memoryBytes, ...asked.map(({ memoryBytes }) => memoryBytes ?? 0)),
    },
  };
}
