import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { freePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type RegistryOptions = { username?: string; password?: string; port?: number };

export type Registry = AsyncDisposable & {
  /** 127.0.0.1:PORT, plain HTTP, as it stands in front of an image's name. */
  host: string;
  readonly pid: number;
  /** Ends the server and keeps what was pushed. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
};

/** A real image registry on loopback, empty, deletion allowed; it asks for an account when one is given. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const folder = await temporaryFolder();
  const port = options.port ?? (await freePort());
  const file = join(folder.path, 'config.json');
  await writeFile(file, JSON.stringify(await configuration(folder.path, port, options)));
  const launch = () =>
    startServerProcess({
      name: 'docker-registry',
      command: 'docker-registry',
      args: ['serve', file],
      env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
      isReady: () => answers(port),
    });
  let server = await launch();
  return {
    host: `127.0.0.1:${port}`,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    async start() {
      server = await launch();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/**
 * A registry from which the cluster of `kubernetes()` can pull: the one that TRUNKLINE_TEST_REGISTRY names (it is
 * shared and outlives the test: take image names that nobody else has), else a new one on loopback.
 */
export async function clusterRegistry(): Promise<AsyncDisposable & { host: string }> {
  const named = process.env.TRUNKLINE_TEST_REGISTRY;
  return named === undefined
    ? startRegistry()
    : { host: named, [Symbol.asyncDispose]: async () => undefined };
}

/** The registry's configuration is YAML, of which JSON is a part. */
async function configuration(folder: string, port: number, { username, password }: RegistryOptions) {
  const htpasswd = join(folder, 'htpasswd');
  const protectedByAccount = username !== undefined && password !== undefined;
  if (protectedByAccount)
    await writeFile(htpasswd, `${username}:${await hash(password, 4)}\n`, { mode: 0o600 });
  return {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'images') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    ...(protectedByAccount && { auth: { htpasswd: { realm: 'registry', path: htpasswd } } }),
  };
}

/** 401 is an answer too: the registry is there and wants an account. */
async function answers(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/v2/`, { signal: AbortSignal.timeout(1000) });
  await response.body?.cancel();
  return response.status === 200 || response.status === 401;
}
