import { describe, expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { cart, manifest, programs } from './deployables.ts';

const shortBudgets = {
  configurationMs: 3_000,
  unschedulableMs: 2_000,
  neverReadyMs: 6_000,
  quotaMs: 2_000,
};

describe('a rollout fails early, with its cause', () => {
  test.for([
    {
      what: 'an image that does not exist',
      changes: { container: { image: 'REGISTRY/shop/gone:1' } },
      class: 'image-missing',
      text: 'shop/gone:1 does not exist',
    },
    {
      what: 'a missing ConfigMap',
      changes: { container: { envFrom: [{ configMapRef: { name: 'cart-settings' } }] } },
      class: 'configuration-missing',
      text: 'configmap "cart-settings" not found',
    },
    {
      what: 'a missing Secret in a volume',
      changes: {
        pod: { volumes: [{ name: 'keys', secret: { secretName: 'cart-keys' } }] },
        container: { volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
      },
      class: 'configuration-missing',
      text: 'secret "cart-keys" not found',
    },
    {
      what: 'a readiness probe that never succeeds',
      changes: {
        container: { readinessProbe: { tcpSocket: { port: 81 }, periodSeconds: 1, failureThreshold: 1 } },
      },
      class: 'never-ready',
      text: 'readiness probe (connect to :81) does not succeed',
    },
    {
      what: 'requests that no node can meet',
      changes: { container: { resources: { requests: { cpu: '900' } } } },
      class: 'unschedulable',
      text: 'no node takes the pod: 0/1 nodes are available: 1 Insufficient cpu.',
    },
    {
      what: 'a memory limit that is too low',
      changes: {
        container: {
          command: ['/bin/sh', '-c', 'x=x; while :; do x=$x$x; done'],
          resources: { limits: { memory: '16Mi' } },
        },
      },
      class: 'out-of-memory',
      text: 'out of memory (its limit is 16Mi)',
    },
  ])('$what is named', async ({ changes, class: causeClass, text }) => {
    await using deploys = await startDeploys({ budgets: shortBudgets });
    const image = await deploys.image(programs.serve);
    const files = { 'deploy/cart.yaml': manifest(changes).replace('REGISTRY', deploys.registry.host) };
    const pushes = text.includes('gone') ? {} : { push: image };

    const result = await (await deploys.run({ move: 1 })).deploy({ files, pushes });

    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(text) });
    expect((await deploys.deployment(1)).evidence).toMatchObject({ causes: [{ class: causeClass }] });
  });

  test('a quota is named although no pod exists', async () => {
    await using deploys = await startDeploys({ budgets: shortBudgets });
    const image = await deploys.image(programs.serve);
    await deploys.kubectl('create', 'quota', 'few', '--hard=pods=0');

    const result = await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: image } });

    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('exceeded quota: few'),
    });
  });
});
