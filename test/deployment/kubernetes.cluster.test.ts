import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApi } from '../support/api.ts';
import { startBridgeRelay } from '../support/bridge-relay.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { baseImage, dockerEngine } from '../support/docker.ts';
import { type Kubernetes, kubernetes } from '../support/kubernetes.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { clusterRegistry } from '../support/registry.ts';
import { runCommand } from '../support/run-command.ts';
import { standInImages } from '../support/stand-ins/images.ts';
import { trunklineImage } from '../support/stand-ins/trunkline-image.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const manifests = join(import.meta.dirname, '../../deploy/kubernetes');
/** Making the images at the first time, on a busy machine. */
const timeout = 1_200_000;

test('applied to a cluster, Trunkline deploys with its own account, only where that may, and forgets nothing', {
  timeout,
}, async () => {
  const { host: engine } = await dockerEngine();
  await baseImage();
  const cluster = await kubernetes();
  await using home = await cluster.makeNamespace();
  await using target = await cluster.makeNamespace();
  await using other = await cluster.makeNamespace();
  await using registry = await clusterRegistry();
  const image = await imageForCluster(engine, registry.host);
  await using database = await startPostgres();
  await using redis = await startRedis();
  await using subversion = await startSubversion();
  await using relays = new AsyncDisposableStack();
  const reach = async (address: string) => relays.use(await startBridgeRelay(address)).address;
  const secrets = {
    'database-url': await reachedBy(reach, database.url),
    'redis-url': await reachedBy(reach, redis.url),
  };
  const environments = {
    staging: { kubernetes: { namespace: target.name } },
    other: { kubernetes: { namespace: other.name } },
  };
  const config = {
    database: { url: { file: '/run/secrets/trunkline/database-url' } },
    redis: { url: { file: '/run/secrets/trunkline/redis-url' } },
    repositories: { shop: { svn: await reachedBy(reach, subversion.root) } },
    registries: { main: { host: registry.host, address: await reach(registry.host), insecure: true } },
    environments,
  };
  const chain = [steps.image, steps.push, steps.staging];
  const elsewhere = chain.join('\n').replace('environment: staging', 'environment: other').split('\n');
  await using _applied = await applyTrunkline(cluster, {
    ...{ home: home.name, target: target.name, image, secrets },
    settings: { 'trunkline.yaml': JSON.stringify(config) },
    pipelines: {
      'cart.yaml': cartPipeline(chain, { onCommit: false }),
      'stray.yaml': cartPipeline(elsewhere, { onCommit: false }).replace('name: cart', 'name: stray'),
    },
    environment: { DOCKER_HOST: `tcp://${await reach(engine)}` },
  });
  const kubectl = (...args: string[]) => cluster.kubectl('-n', home.name, ...args);
  const files = Object.entries(cart()).map(([path, text]) => [`trunk/services/cart/${path}`, text]);
  await subversion.commit({ files: Object.fromEntries(files) });

  const ready = ['--for=condition=Available', 'deployment', '--all', '--timeout=50s'];
  await waitFor(async () => kubectl('wait', ...ready), { what: 'server and workers', deadlineMs: 240_000 });
  const token = /Admin token, shown this once: (\S+)/.exec(
    await kubectl('logs', 'deployment/trunkline-server'),
  )?.[1];
  const url = `http://${(await kubectl('get', 'service', 'trunkline', '-o', 'jsonpath={.spec.clusterIP}')).trim()}`;
  const api = createApi(() => ({ url, token: token ?? '' }));
  const run = await waitFor(() => api.requestRun('cart'), { what: 'the first revision', deadlineMs: 60_000 });
  await api.waitForOutcome(run.id, 'succeeded', 240_000);
  const stray = await api.requestRun('stray');
  const refused = await api.waitForRun(stray.id, ({ state }) => state === 'ended', {
    what: 'its end',
    deadlineMs: 240_000,
  });
  const workers = await api.get<{ items: { id: string }[] }>('/api/v1/workers');
  const restarts = await kubectl('get', 'pods', '-o', 'jsonpath={..restartCount}');
  await kubectl('rollout', 'restart', 'deployment/trunkline-server');
  const isBack = () => kubectl('rollout', 'status', 'deployment/trunkline-server', '--timeout=50s');
  await waitFor(isBack, { what: 'the server to be back', deadlineMs: 240_000 });
  const kept = await waitFor(() => api.run(run.id), { what: 'an answer of the new pod' });

  const service = `/api/v1/namespaces/${target.name}/services/cart:80/proxy/`;
  expect(await cluster.kubectl('get', '--raw', service)).toBe('hello\n');
  expect(workers.items.length).toBe(3);
  expect(restarts).toBe('0 0 0');
  expect(kept.outcome).toBe('succeeded');
  expect(refused.outcome).not.toBe('succeeded');
  expect(JSON.stringify(refused)).toContain(`system:serviceaccount:${home.name}:trunkline`);
  expect(await cluster.kubectl('-n', other.name, 'get', 'deployments', '-o', 'name')).toBe('');
});

/** The name of an image that the cluster's node has, or can pull. */
async function imageForCluster(engine: string, registry: string): Promise<string> {
  await using _names = await standInImages(engine);
  const image = await trunklineImage(engine);
  // This machine's cluster runs its pods on this very engine.
  if (process.env.TRUNKLINE_TEST_REGISTRY === undefined) return image;
  const pushed = `${registry}/${image}`;
  await runCommand('docker', ['-H', engine, 'tag', image, pushed]);
  await runCommand('docker', ['-H', engine, 'push', '--quiet', pushed], { deadlineMs: 300_000 });
  return pushed;
}

/** The same URL, with the address at which pods reach it. */
async function reachedBy(reach: (address: string) => Promise<string>, url: string): Promise<string> {
  const { host } = new URL(url);
  return url.replace(host, await reach(host));
}

type Application = {
  home: string;
  target: string;
  image: string;
  secrets: Record<string, string>;
  settings: Record<string, string>;
  pipelines: Record<string, string>;
  environment: Record<string, string>;
};

/** `kubectl apply -k` of `deploy/kubernetes`, changed as docs/deployment.md tells people to. */
async function applyTrunkline(cluster: Kubernetes, application: Application): Promise<AsyncDisposable> {
  const { home, target, image, secrets } = application;
  await using folder = await temporaryFolder();
  const copy = join(folder.path, 'kubernetes');
  await cp(manifests, copy, { recursive: true });
  const change = async (file: string, edit: (text: string) => string) =>
    writeFile(join(copy, file), edit(await readFile(join(copy, file), 'utf8')));
  await change('kustomization.yaml', (text) =>
    text
      .replace('namespace: trunkline', `namespace: ${home}`)
      .replace('newName: registry.example.com/trunkline', `newName: ${image.replace(/:[^:]+$/, '')}`)
      .replace('newTag: latest', `newTag: ${image.split(':').at(-1)}`),
  );
  await change('namespace.yaml', (text) => text.replace('name: trunkline', `name: ${home}`));
  await change('target-namespace.yaml', (text) => text.replace('namespace: trunkline', `namespace: ${home}`));
  // Newer clusters have that, this one may be as old as the documentation allows.
  const versions = await cluster.kubectl('api-versions');
  if (!versions.split('\n').includes('policy/v1'))
    await change('disruption.yaml', (text) =>
      text.replace('apiVersion: policy/v1', 'apiVersion: policy/v1beta1'),
    );
  const objects = [
    { kind: 'Secret', name: 'trunkline-secrets', stringData: secrets },
    { kind: 'ConfigMap', name: 'trunkline-settings', data: application.settings },
    { kind: 'ConfigMap', name: 'trunkline-pipelines', data: application.pipelines },
    { kind: 'ConfigMap', name: 'trunkline-environment', data: application.environment },
  ].map(({ name, ...object }) => ({ apiVersion: 'v1', metadata: { name }, ...object }));
  await writeFile(join(copy, 'config.yaml'), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  await cluster.kubectl('apply', '-k', copy);
  await cluster.kubectl('-n', target, 'apply', '-f', join(copy, 'target-namespace.yaml'));
  return {
    // Its pods are to be gone before what they use goes.
    async [Symbol.asyncDispose]() {
      const gone = ['deployment', '--all', '--cascade=foreground', '--timeout=60s'];
      await cluster.kubectl('-n', home, 'delete', ...gone).catch(() => undefined);
    },
  };
}
