import { expect, test } from 'vitest';
import type { ServiceCheck } from '../../src/domain/service-check.ts';
import { startDeploys } from './deploy-under-test.ts';
import { manifest } from './deployables.ts';

const page = 'mkdir -p /tmp/www; echo ok >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www';
const check = (changes: Partial<ServiceCheck>): ServiceCheck => ({
  ...{ service: 'cart', port: null, scheme: 'http', path: '/', status: null, withinMs: 60_000 },
  ...changes,
});

test('a rollout has succeeded only when its checks through the Service pass; else what was there comes back', async () => {
  await using deploys = await startDeploys();
  const image = await deploys.image(page);
  const deploy = async (move: number, checks: ServiceCheck[]) => {
    const run = await deploys.run({ move });
    const log: string[] = [];
    const result = await run.deploy({ step: { checks }, files: files(), pushes: { push: image }, log });
    await run.end();
    return { ...result, log };
  };

  const good = await deploy(1, [check({}), check({ port: 'http', path: null })]);
  const bad = await deploy(2, [check({}), check({ path: '/gone', withinMs: 4_000 })]);
  const unknown = await deploy(3, [check({ service: 'carts', withinMs: 4_000 })]);

  expect(good).toMatchObject({ outcome: 'succeeded' });
  expect(good.log).toEqual(
    expect.arrayContaining([
      'check service/cart, GET /: 200',
      'check service/cart, connection to :http: accepted',
    ]),
  );
  expect(bad).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^service\/cart, GET \/gone: 404 \(.*Not Found.*\), wanted: 200 to 399; rolled back to r1$/,
    ),
  });
  expect(unknown).toMatchObject({
    outcome: 'failed',
    reason: `service/carts, GET /: cannot be asked: there is no Service carts in the namespace ${deploys.namespace}; rolled back to r1`,
  });
});

function files(): Record<string, string> {
  const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 };
  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' } },
    spec: { selector: { app: 'cart' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
  return {
    'deploy/cart.yaml': manifest({ container: { readinessProbe } }),
    'deploy/service.yaml': JSON.stringify(service),
  };
}
