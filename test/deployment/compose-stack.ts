import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Api, createApi } from '../support/api.ts';
import { freePort } from '../support/free-port.ts';
import { runCommand } from '../support/run-command.ts';
import { standInImages } from '../support/stand-ins/images.ts';
import { trunklineImage } from '../support/stand-ins/trunkline-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');

export type ComposeStack = AsyncDisposable & {
  api: Api;
  url: string;
  /** docker-compose with the stack's files and settings. */
  compose(...args: string[]): Promise<string>;
  /** The docker CLI on the same engine. */
  docker(...args: string[]): Promise<string>;
};

export type StackSetting = {
  engine: string;
  registryPort: number;
  /** Files of the settings folder, by path. */
  settings: Record<string, string>;
  hookToken: string;
  workers: number;
};

/**
 * `docker-compose up` with the docker-compose.yml of this clone, under a project name of its own, with images made for
 * it, until all is healthy.
 */
export async function startComposeStack(setting: StackSetting): Promise<ComposeStack> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await temporaryFolder());
  const secrets = { 'postgres-password': 'p@ss%41word', 'hook-token': setting.hookToken };
  await writeFiles(join(folder.path, 'settings'), setting.settings);
  await writeFiles(join(folder.path, 'secrets'), secrets);
  await using _names = await standInImages(setting.engine);
  const image = await trunklineImage(setting.engine);
  const port = await freePort();
  const socket = setting.engine.replace('unix://', '');
  const environment = {
    ...{ PATH: process.env.PATH, HOME: folder.path, DOCKER_HOST: setting.engine },
    ...{ COMPOSE_PROJECT_NAME: `trunkline-test-${port}`, TRUNKLINE_IMAGE: image },
    ...{ TRUNKLINE_SETTINGS: join(folder.path, 'settings'), SECRETS: join(folder.path, 'secrets') },
    ...{ TRUNKLINE_PORT: `${port}`, REGISTRY_PORT: `${setting.registryPort}` },
    ...{ DOCKER_SOCKET: socket, DOCKER_GID: `${(await stat(socket)).gid}` },
  };
  const compose = (...args: string[]) =>
    runCommand('docker-compose', ['--file', join(root, 'docker-compose.yml'), ...args], {
      env: environment,
      deadlineMs: 900_000,
    });
  opening.defer(async () => void (await compose('down', '--volumes', '--timeout', '20')));
  const logs = () => compose('logs', '--no-color', 'server');
  await compose('up', '--detach', '--no-build', '--scale', `worker=${setting.workers}`).catch(
    async (error) => {
      throw new Error(`${error.message}\n${await compose('logs', '--no-color')}`, { cause: error });
    },
  );
  const token = /Admin token, shown this once: (\S+)/.exec(await logs())?.[1] ?? '';
  const url = `http://127.0.0.1:${port}`;
  const owned = opening.move();
  return {
    api: createApi(() => ({ url, token })),
    url,
    compose,
    docker: (...args) => runCommand('docker', ['-H', setting.engine, ...args]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Readable for whom the containers run as. */
async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text, { mode: 0o444 });
  }
}
