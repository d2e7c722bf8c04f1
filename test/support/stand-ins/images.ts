import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileLock, takeFileLock } from '../cluster/file-lock.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { runCommand } from '../run-command.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { debianTree } from './debian.ts';

/** The images that Dockerfile and docker-compose.yml name, by what they are. */
const names = {
  node: 'node:24-bookworm-slim',
  postgres: 'postgres:17',
  redis: 'redis:8',
  registry: 'registry:2',
} as const;

type Kind = keyof typeof names;

/** Kept on the engine, under names that mean nothing to anybody else, for as long as that lives. */
function kept(kind: Kind | 'debian'): string {
  const recipe = createHash('sha256');
  for (const file of ['debian.ts', 'images.ts', 'postgres-entrypoint.sh'])
    recipe.update(readFileSync(join(import.meta.dirname, file)));
  return `trunkline-test/stand-in-${kind}:${recipe.digest('hex').slice(0, 12)}`;
}

/** Making all of them on a busy machine, with the packages to download. */
const lockDeadlineMs = 1_200_000;

/**
 * Gives the engine images of the names that Dockerfile and docker-compose.yml use, made from Debian's packages:
 * none can be pulled here. An engine that has the real ones keeps them. Disposing takes the names away again: soon, for
 * other tests wait for them meanwhile. What is made of them stays.
 */
export async function standInImages(engine: string): Promise<AsyncDisposable> {
  const docker = (...args: string[]) =>
    runCommand('docker', ['-H', engine, ...args], { deadlineMs: 300_000 });
  const has = async (name: string) => (await docker('image', 'ls', '--quiet', name)).trim() !== '';
  await using opening = new AsyncDisposableStack();
  opening.use(await ownNames());
  for (const kind of Object.keys(names) as Kind[]) {
    if (await has(names[kind])) continue;
    if (!(await has(kept(kind)))) await make(kind, engine);
    await docker('tag', kept(kind), names[kind]);
    opening.defer(async () => void (await docker('rmi', '--no-prune', names[kind])));
  }
  return opening.move();
}

/** One test at a time: the names are the engine's, not the test's. */
async function ownNames(): Promise<FileLock> {
  await mkdir(stateFolder(), { recursive: true });
  const path = join(stateFolder(), 'stand-ins.lock');
  const lock = await takeFileLock({ path, kind: 'exclusive', deadlineMs: lockDeadlineMs });
  if (lock === undefined) throw new Error(`another test has held ${path} for too long: fuser shows which`);
  return lock;
}

async function make(kind: Kind, engine: string): Promise<void> {
  const docker = (...args: string[]) =>
    runCommand('docker', ['-H', engine, ...args], {
      deadlineMs: 300_000,
      // The CLI's other builder would look for the base in a registry.
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    });
  if ((await docker('image', 'ls', '--quiet', kept('debian'))).trim() === '')
    await docker('import', await debianTree(), kept('debian'));
  await using folder = await temporaryFolder();
  await makers[kind](folder.path);
  await docker('build', '--quiet', '--tag', kept(kind), folder.path);
}

/** Each fills the folder that its image is built from. */
const makers: Record<Kind, (folder: string) => Promise<void>> = {
  async node(folder) {
    await copyFile(process.execPath, join(folder, 'node'));
    await runCommand('npm', ['install', '--global', '--prefix', join(folder, 'npm'), 'npm@11'], {
      deadlineMs: 300_000,
      // What npm compiles would be left in the temporary folder.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    // What this machine trusts, a build on it trusts as well.
    await copyFile('/etc/ssl/certs/ca-certificates.crt', join(folder, 'authorities'));
    await writeFile(join(folder, 'npmrc'), 'cafile=/etc/ssl/certs/ca-certificates.crt\n');
    await writeDockerfile(folder, [
      'COPY node /usr/local/bin/node',
      'COPY npm/lib/node_modules /usr/local/lib/node_modules',
      'COPY authorities /etc/ssl/certs/ca-certificates.crt',
      'COPY npmrc /usr/local/etc/npmrc',
      'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    ]);
  },
  async postgres(folder) {
    await copyFile(join(import.meta.dirname, 'postgres-entrypoint.sh'), join(folder, 'entrypoint'));
    await writeDockerfile(folder, [
      'COPY entrypoint /usr/local/bin/',
      'RUN ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/',
      'VOLUME /var/lib/postgresql/data',
      'ENTRYPOINT ["entrypoint"]',
    ]);
  },
  redis: (folder) =>
    writeDockerfile(folder, [
      'VOLUME /data',
      'WORKDIR /data',
      // As that image has it: reachable for whoever is in its network.
      `ENTRYPOINT ["sh", "-c", "exec \\"$@\\" --bind 0.0.0.0 --protected-mode no", "redis"]`,
      'CMD ["redis-server"]',
    ]),
  async registry(folder) {
    await copyFile('/bin/busybox', join(folder, 'wget'));
    const config = { version: 0.1, storage: { filesystem: { rootdirectory: '/var/lib/registry' } } };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, http: { addr: ':5000' } }));
    await writeDockerfile(folder, [
      'COPY wget /usr/local/bin/wget',
      'COPY config.json /etc/registry.json',
      'VOLUME /var/lib/registry',
      'ENV OTEL_TRACES_EXPORTER=none',
      'ENTRYPOINT ["docker-registry", "serve", "/etc/registry.json"]',
    ]);
  },
};

function writeDockerfile(folder: string, lines: string[]): Promise<void> {
  return writeFile(join(folder, 'Dockerfile'), [`FROM ${kept('debian')}`, ...lines, ''].join('\n'));
}
