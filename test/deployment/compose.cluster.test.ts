import { expect, test } from 'vitest';
import { startBridgeRelay } from '../support/bridge-relay.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { baseImage, dockerEngine } from '../support/docker.ts';
import { freePort } from '../support/free-port.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { startSubversion } from '../support/subversion.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClusterRelay } from './cluster-relay.ts';
import { startComposeStack } from './compose-stack.ts';

const hookToken = 'hook-token-of-the-shop';
/** Making the images at the first time, on a busy machine. */
const deadlineMs = 1_200_000;

test('the stack of docker-compose.yml takes a commit and brings it to the cluster', {
  timeout: deadlineMs,
}, async () => {
  const { host: engine } = await dockerEngine();
  await baseImage();
  const cluster = await kubernetes();
  await using namespace = await cluster.makeNamespace();
  await using api = await startClusterRelay(cluster);
  await using subversion = await startSubversion();
  await using svn = await startBridgeRelay(new URL(subversion.url).host);
  const registryPort = await freePort();
  const config = {
    repositories: {
      shop: { svn: `svn://${svn.address}/shop`, hook: { token: { file: '/run/secrets/hook-token' } } },
    },
    registries: { main: { host: `127.0.0.1:${registryPort}`, address: 'registry:5000', insecure: true } },
    environments: { staging: { kubernetes: { kubeconfig: 'kubeconfig', namespace: namespace.name } } },
  };
  const wholeChain = [steps.image, steps.push, steps.run('grep -q hello message.txt'), steps.staging];
  await using stack = await startComposeStack({
    ...{ engine, registryPort, hookToken, workers: 2 },
    settings: {
      'trunkline.yaml': JSON.stringify(config),
      kubeconfig: api.kubeconfig,
      'pipelines/cart.yaml': cartPipeline(wholeChain),
    },
  });

  const files = Object.entries(cart()).map(([path, text]) => [`trunk/services/cart/${path}`, text]);
  const revision = await subversion.commit({ files: Object.fromEntries(files) });
  await stack.api.post('/hooks/svn', { uuid: subversion.uuid, revision }, hookToken);
  const run = await waitFor(async () => (await stack.api.runs('cart'))[0], {
    what: 'a run',
    deadlineMs: 60_000,
  });
  await stack.api.waitForOutcome(run.id, 'succeeded', 240_000);
  const workers = await stack.api.get<{ items: { id: string }[] }>('/api/v1/workers');
  await stack.compose('stop', '--timeout', '60', 'server');
  const server = (await stack.compose('ps', '--quiet', 'server')).trim();
  const exitCode = await stack.docker('inspect', '--format', '{{.State.ExitCode}}', server);
  await stack.compose('start', 'server');
  const again = await waitFor(() => stack.api.run(run.id), {
    what: 'the server to be back',
    deadlineMs: 120_000,
  });

  const service = `/api/v1/namespaces/${namespace.name}/services/cart:80/proxy/`;
  expect(await cluster.kubectl('get', '--raw', service)).toBe('hello\n');
  expect(new Set(workers.items.map(({ id }) => id)).size).toBe(3);
  expect(exitCode.trim()).toBe('0');
  expect(again.outcome).toBe('succeeded');
});
