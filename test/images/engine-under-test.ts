import { tmpdir } from 'node:os';
import { pino } from 'pino';
import type { DockerConfig, RegistryConfig } from '../../src/config/server-config.ts';
import { Secret } from '../../src/domain/secret.ts';
import { createDockerEngine, type DockerEngine } from '../../src/images/docker-engine.ts';
import { createRegistries, type Registries } from '../../src/images/registries.ts';
import { dockerEngine } from '../support/docker.ts';
import { runCommand } from '../support/run-command.ts';

/** A signal that never aborts. */
export const unstopped = new AbortController().signal;

/** Disposed, it takes the images that it built out of the engine again. */
export interface EngineUnderTest extends AsyncDisposable {
  engine: DockerEngine;
  registries: Registries;
  /** The docker CLI on the same engine, as somebody who looks at what happened. */
  docker(...args: string[]): Promise<string>;
}

/** Our engine over the shared Docker engine, or over the one at `host`. */
export async function engineUnderTest(
  options: {
    builder?: DockerConfig['builder'];
    registries?: RegistryConfig[];
    host?: string;
    user?: { uid: number; gid: number };
    /** Beside the workspaces. */
    folder?: string;
  } = {},
): Promise<EngineUnderTest> {
  const { builder = 'buildkit', user, folder = tmpdir() } = options;
  const host = options.host ?? (await dockerEngine()).host;
  const configured = Object.fromEntries(
    (options.registries ?? []).map((registry) => [registry.name, registry]),
  );
  const registries = createRegistries(configured);
  const logger = pino({ level: 'silent' });
  const real = createDockerEngine({
    ...{ docker: { host, builder }, registries, logger, folder },
    ...(user && { user }),
  });
  const built = new Set<string>();
  const engine: DockerEngine = {
    ...real,
    async build(request, signal) {
      const result = await real.build(request, signal);
      if (result.kind === 'built') built.add(result.imageId);
      return result;
    },
  };
  return {
    engine,
    registries,
    docker: (...args) => runCommand('docker', ['-H', host, ...args]),
    async [Symbol.asyncDispose]() {
      // The last first: an image cannot go while one that was built upon it is there.
      for (const imageId of [...built].reverse()) await real.remove(imageId, unstopped);
    },
  };
}

export function registryConfig(
  host: string,
  options: Partial<RegistryConfig> & { username?: string; password?: string } = {},
): RegistryConfig {
  const { username, password, ...rest } = options;
  const hasAccount = username !== undefined && password !== undefined;
  const credentials = hasAccount ? { name: 'registry', username, password: new Secret(password) } : null;
  const main = { name: 'main', host, address: host, isDefault: true, insecure: false, ca: null };
  return { ...main, credentials, ...rest };
}
