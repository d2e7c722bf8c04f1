import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../src/domain/json.ts';
import type { PushOutput } from '../../src/domain/step-output.ts';
import { baseImage, dockerEngine } from '../support/docker.ts';
import type { Registry } from '../support/registry.ts';
import { runCommand, runWithInput } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What an image's container does. */
export const programs = {
  serve: 'trap "exit 0" TERM; echo serving; while :; do sleep 1 & wait $!; done',
  // As much before its last words as no tail of some kilobytes holds.
  crash:
    'i=0; while [ $i -lt 5 ]; do i=$((i+1)); printf "%04000d\\n" $i; done; echo starting; echo "cannot open the orders table" >&2; exit 1',
  crashLater: 'echo serving; sleep 2; echo "lost my mind" >&2; exit 3',
};

export interface Account {
  username: string;
  password: string;
}

/** Builds and pushes an image whose container runs a shell script. */
export async function pushImage(
  registry: Registry,
  { script, name, account }: { script: string; name: string; account?: Account },
): Promise<PushOutput> {
  const dockerfile = `FROM ${await baseImage()}\nCMD ${JSON.stringify(['/bin/sh', '-c', script])}\n`;
  return pushDockerfile(registry, { dockerfile, name, ...(account && { account }) });
}

/** Builds and pushes what a Dockerfile without context says. */
export async function pushDockerfile(
  registry: Registry,
  { dockerfile, name, account }: { dockerfile: string; name: string; account?: Account },
): Promise<PushOutput> {
  const { host } = await dockerEngine();
  const repository = `${registry.host}/${name}`;
  const tag = `${repository}:${randomBytes(4).toString('hex')}`;
  // A label of its own, right at the beginning, makes each image another one, even with the same program; and shares no
  // unnamed image with another build, which the engine would remove under it together with the image of a third one.
  const labelled = dockerfile.replace(/^FROM .*$/gm, `$&\nLABEL made=${tag}`);
  await runWithInput('docker', ['-H', host, 'build', '--quiet', '--tag', tag, '-'], labelled);
  await using config = await dockerConfig(registry, account);
  await runCommand('docker', ['--config', config.path, '-H', host, 'push', '--quiet', tag]);
  const digests = await runCommand('docker', [
    '-H',
    host,
    'inspect',
    '-f',
    '{{join .RepoDigests "\\n"}}',
    tag,
  ]);
  const digest =
    digests
      .split('\n')
      .find((line) => line.startsWith(repository))
      ?.split('@')[1]
      ?.trim() ?? '';
  await runCommand('docker', ['-H', host, 'rmi', '--force', tag]);
  return { image: 'image', imageId: '', name, repository, digest, tags: [] };
}

async function dockerConfig(registry: Registry, account: Account | undefined) {
  const folder = await temporaryFolder();
  const auth = account && Buffer.from(`${account.username}:${account.password}`).toString('base64');
  const auths = auth === undefined ? {} : { [registry.host]: { auth } };
  await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
  return folder;
}

export async function registryHas(registry: Registry, reference: string): Promise<boolean> {
  const [name = '', digest = ''] = reference.slice(registry.host.length + 1).split('@');
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const url = `http://${registry.host}/v2/${name}/manifests/${digest}`;
  const answer = await fetch(url, { method: 'HEAD', headers: { accept } });
  return answer.ok;
}

/** Takes a pushed image out of its registry. */
export async function deleteImage({ repository, digest }: PushOutput): Promise<void> {
  const [host = '', ...name] = repository.split('/');
  const url = `http://${host}/v2/${name.join('/')}/manifests/${digest}`;
  const answer = await fetch(url, { method: 'DELETE' });
  if (!answer.ok) throw new Error(`deleting ${url}: ${answer.status}`);
}

/** A Deployment of `shop/cart`; `spec` and `container` are merged in. */
export function manifest(
  changes: { spec?: JsonObject; container?: JsonObject; pod?: JsonObject; kind?: string; name?: string } = {},
): string {
  const { spec, container, pod, kind = 'Deployment', name = 'cart' } = changes;
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas: 1 }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'api', image: 'shop/cart', ...container }],
          ...pod,
        },
      },
      ...spec,
    },
  });
}

/** The files of a workspace whose only manifest is that Deployment. */
export function cart(changes: Parameters<typeof manifest>[0] = {}): Record<string, string> {
  return { 'deploy/cart.yaml': manifest(changes) };
}

/** How a manifest names a pushed image. */
export function reference({ repository, digest }: PushOutput): string {
  return `${repository}@${digest}`;
}
