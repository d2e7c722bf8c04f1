import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { startDeploys } from './deploy-under-test.ts';
import { manifest, programs } from './deployables.ts';

test('a rollout has succeeded only when its Services lead to the new pods; else it says which does not, and why', async () => {
  await using deploys = await startDeploys();
  const image = await deploys.image(programs.serve);
  const deploy = async (move: number, spec: JsonObject) => {
    const container = { ports: [{ name: 'http', containerPort: 8080 }] };
    const files = { 'deploy/cart.yaml': manifest({ container }), 'deploy/service.yaml': service(spec) };
    const run = await deploys.run({ move });
    const log: string[] = [];
    return { ...(await run.deploy({ files, pushes: { push: image }, log })), log };
  };

  const served = await deploy(1, { selector: { app: 'cart' } });
  const nothing = await deploy(2, { selector: { app: 'carts' } });
  const nowhere = await deploy(3, { selector: { app: 'cart' }, ports: [{ port: 80, targetPort: 'web' }] });

  expect(served).toMatchObject({ outcome: 'succeeded' });
  expect(nothing).toMatchObject({
    outcome: 'failed',
    reason: 'service/cart selects no pod: its selector app=carts matches nothing; rolled back to r1',
  });
  expect(nothing.log).toContain('hint: The pods of deployment/cart have app=cart.');
  expect(nowhere).toMatchObject({
    outcome: 'failed',
    reason:
      'service/cart leads nowhere: no container of deployment/cart has a port named "web"; rolled back to r1',
  });
  expect((await deploys.workload('cart', 'service')).spec.ports[0].targetPort).toBe('http');
});

function service(spec: JsonObject): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'cart' },
    spec: { ports: [{ port: 80, targetPort: 'http' }], ...spec },
  });
}
