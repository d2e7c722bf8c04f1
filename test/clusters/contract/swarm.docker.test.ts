import { afterAll, beforeAll, expect, test } from 'vitest';
import { initLoopbackSwarm } from '../../../src/clusters/swarm/init-swarm.ts';
import { createSwarmCluster } from '../../../src/clusters/swarm/swarm-cluster.ts';
import { pushImage, reference } from '../../steps/deployables.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';
import { type SpareSwarm, startSpareSwarm } from '../../support/spare-swarm.ts';
import { describeContract } from './cluster-contract.ts';

let swarm: SpareSwarm;
let registry: Registry;

beforeAll(async () => {
  swarm = await startSpareSwarm();
  registry = await startRegistry();
});

afterAll(async () => {
  await swarm[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

describeContract('Docker Swarm', async () => {
  const cluster = openCluster();
  const nameOf = (pipeline: string) => `test-${pipeline}_api`;
  return {
    cluster,
    id: idOfSwarm,
    unit: 'tasks',
    registry: registry.host,
    async image(script) {
      const pushed = await pushImage(registry, { script, name: 'shop/cart' });
      return { step: 'image', name: 'shop/cart', reference: reference(pushed) };
    },
    manifest: ({ image = 'shop/cart', neverHealthy = false }) => `
services:
  api:
    image: ${image}
    stop_grace_period: 1s
    deploy: { endpoint_mode: dnsrr, restart_policy: { delay: 500ms } }
    ${neverHealthy ? 'healthcheck: { test: [CMD, /bin/false], interval: 500ms, retries: 2 }' : ''}
`,
    async state(pipeline) {
      const text = await swarm.docker('service', 'inspect', nameOf(pipeline));
      const [{ Spec, Version }] = JSON.parse(text);
      // Reports of an update's progress change the version too.
      const version = JSON.stringify([Spec.Labels, Version.Index > 0]);
      return { image: Spec.TaskTemplate.ContainerSpec.Image, version };
    },
    async setImage(pipeline, image) {
      await swarm.docker(
        'service',
        'update',
        '--detach',
        '--no-resolve-image',
        '--image',
        image,
        nameOf(pipeline),
      );
    },
    async [Symbol.asyncDispose]() {
      cluster.close();
      const services = (await swarm.docker('service', 'ls', '--quiet')).split('\n').filter(Boolean);
      if (services.length > 0) await swarm.docker('service', 'rm', ...services);
    },
  };
});

test('an engine that is in no swarm is none that is known, and a swarm that is made in its place another one', async () => {
  const cluster = openCluster();
  const never = new AbortController().signal;
  const first = await cluster.identify(never);

  await swarm.docker('swarm', 'leave', '--force');
  const left = await cluster.identify(never);
  await initLoopbackSwarm(swarm.engine.host, AbortSignal.timeout(60_000));
  const second = await cluster.identify(never);

  expect(left).toBeNull();
  expect(second).toBe(await idOfSwarm());
  expect(second).not.toBe(first);
});

function openCluster() {
  return createSwarmCluster({
    host: swarm.engine.host,
    prefix: 'test-',
    networks: ['none-of-ours'],
    secrets: [],
    configs: [],
    credentialsFor: () => null,
    budgets: { settleMs: 1_000 },
  });
}

async function idOfSwarm(): Promise<string> {
  return (await swarm.docker('info', '--format', '{{.Swarm.Cluster.ID}}')).trim();
}
