import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseImage, dockerEngine } from './docker.ts';
import { type HttpProxy, startHttpProxy } from './http-proxy.ts';
import { type Registry, type RegistryOptions, startRegistry } from './registry.ts';
import { runCommand } from './run-command.ts';
import { type Subversion, startSubversion } from './subversion.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startTrunkline, type Trunkline, type TrunklineSetting } from './trunkline.ts';
import { waitFor } from './wait-for.ts';

const hookToken = 'hook-token-of-the-shop';

export type SiteOptions = {
  /** What svnserve asks of the account `ci`. */
  svnPassword?: string;
  registry?: RegistryOptions;
};

/** The world around a Trunkline: a repository, a registry behind a proxy, the shared Docker engine. */
export type Site = AsyncDisposable & {
  subversion: Subversion;
  registry: Registry;
  /** What stands between everybody and the registry; its host is the one in image names. */
  registryProxy: HttpProxy;
  /** trunkline.yaml for this world; what is given replaces its keys. */
  config(changes?: Record<string, object | number>): object;
  /** Its `repositories`: the one repository, with further settings. */
  repositories(more?: { poll?: string; layout?: string[] }): object;
  /** Starts a server in this world. */
  serve(setting: Partial<TrunklineSetting> & Pick<TrunklineSetting, 'pipelines'>): Promise<Trunkline>;
  /** The digest that a tag of an image has in the registry; undefined when it has no such tag. */
  digestOf(image: string, tag: string): Promise<string | undefined>;
  /** Commits files of the service `cart`, paths relative to its folder. */
  commit(files: Record<string, string | null>): Promise<number>;
};

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  await using opening = new AsyncDisposableStack();
  const password = options.svnPassword;
  const subversion = opening.use(await startSubversion(password === undefined ? {} : { password }));
  const registry = opening.use(await startRegistry(options.registry));
  const registryProxy = opening.use(await startHttpProxy({ url: `http://${registry.host}` }));
  const secrets = opening.use(await temporaryFolder());
  const { host: engine } = await dockerEngine();
  await baseImage();
  opening.defer(() => removeImages(engine, registryProxy.host));
  const tokenFile = join(secrets.path, 'hook-token');
  await writeFile(tokenFile, hookToken);
  const repositories: Site['repositories'] = (more = {}) => ({
    shop: { svn: subversion.root, hook: { token: { file: tokenFile } }, ...more },
  });
  const config: Site['config'] = (changes = {}) => ({
    repositories: repositories(),
    registries: { main: { host: registryProxy.host, default: true } },
    docker: { host: engine },
    ...changes,
  });
  const owned = opening.move();
  return {
    subversion,
    registry,
    registryProxy,
    config,
    repositories,
    serve: (setting) => startTrunkline({ config: config(), ...setting }),
    digestOf: (image, tag) => digestOf(registry.host, image, tag),
    commit: (files) =>
      subversion.commit({
        files: Object.fromEntries(
          Object.entries(files).map(([path, text]) => [`trunk/services/cart/${path}`, text]),
        ),
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const manifestTypes = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
];

async function digestOf(registry: string, image: string, tag: string): Promise<string | undefined> {
  const answer = await fetch(`http://${registry}/v2/${image}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept: manifestTypes.join(', ') },
  });
  return answer.headers.get('docker-content-digest') ?? undefined;
}

/** The engine keeps what was pushed under the registry's name; it is shared, and nobody else knows that name. */
async function removeImages(engine: string, registry: string): Promise<void> {
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine, ...args]);
  const listed = await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}');
  const images = listed.split('\n').filter((name) => name.startsWith(`${registry}/`));
  // Pods of a namespace that is just being deleted may still use one.
  if (images.length > 0) await docker('image', 'rm', '--force', ...images).catch(() => undefined);
}

/** Announces a commit as the hook does, and waits for the run that comes of it. @returns the run's id */
export async function runOfCommit(
  { subversion }: Site,
  { api }: Trunkline,
  revision: number,
): Promise<string> {
  await api.post('/hooks/svn', { uuid: subversion.uuid, revision }, hookToken);
  const found = await waitFor(
    async () => (await api.runs()).find((run) => run.revision === String(revision)),
    { what: `a run of r${revision}` },
  );
  return found.id;
}

/** Installs `hooks/svn-post-commit` as people do, for a server at this address. */
export async function installHook({ path }: Subversion, url: string): Promise<void> {
  const hook = join(path, 'hooks/post-commit');
  await copyFile(join(import.meta.dirname, '../../hooks/svn-post-commit'), hook);
  await chmod(hook, 0o755);
  await writeFile(join(path, 'conf/trunkline.url'), `${url}\n`);
  const header = join(path, 'conf/trunkline.header');
  await writeFile(header, `Authorization: Bearer ${hookToken}\n`, { mode: 0o600 });
}
