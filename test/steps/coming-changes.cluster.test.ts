import { expect, test } from 'vitest';
import { createComingChangeReader } from '../../src/steps/deploy/coming-changes.ts';
import { type DeployRequest, deployStep } from './deploy-request.ts';
import { type DeploysUnderTest, startDeploys } from './deploy-under-test.ts';
import { cart, programs, reference } from './deployables.ts';

const settings = (color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: ${color}, key: hunter2 }\n`;

test('what a rollout changes is told before it is approved, and again before anything is written', async () => {
  await using deploys = await startDeploys();
  const [old, new_] = [await deploys.image(programs.serve), await deploys.image(programs.serve)];
  const first = await deploys.run({ move: 1 });
  const log: string[] = [];
  await first.deploy({ files: { ...cart(), 'deploy/s.yaml': settings('blue') }, pushes: { push: old }, log });
  await first.end();
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: { name: cart }\nspec: { selector: { app: cart }, ports: [{ port: 80 }] }\n';
  const request = {
    files: {
      ...cart({ spec: { replicas: 2 } }),
      'deploy/s.yaml': settings('red').replace('hunter2', 'hunter2b'),
      'deploy/service.yaml': service,
    },
    pushes: { push: new_ },
  };
  const second = await deploys.run({ move: 2 });

  const coming = await comingChanges(deploys, second, request);
  const before = await deploys.workload('cart');
  const deployLog: string[] = [];
  await second.deploy({ ...request, log: deployLog });

  const changes = [
    'what changes:',
    '  configmap/settings: data.color: blue -> red',
    '  configmap/settings: data.key: hunter2 -> hunter2b',
    '  service/cart is new',
    '  deployment/cart: spec.replicas: 1 -> 2',
    `  deployment/cart: spec.template.spec.containers[api].image: ${reference(old)} -> ${reference(new_)}`,
  ];
  expect(log).toContain('  deployment/cart is new');
  expect(coming[0]).toBe('deploy, in staging:');
  expect(
    coming
      .slice(1)
      .map((line) => line.slice(2))
      .toSorted(),
  ).toEqual(changes.map((line) => line.replaceAll('hunter2', '[masked]')).toSorted());
  expect(before.metadata.generation).toBe(1);
  expect(deployLog).toEqual(expect.arrayContaining(changes));
});

test('an image that is not pushed yet is told by its id, and a set that would be refused with its reason', async () => {
  await using deploys = await startDeploys();
  const run = await deploys.run({ move: 1 });
  await deploys.apply(
    cart({ container: { image: 'shop/cart:old', imagePullPolicy: 'Never' } })['deploy/cart.yaml'] ?? '',
  );
  const built = { imageId: `sha256:${'a'.repeat(64)}`, name: 'shop/cart', engine: 'e' };

  const told = await comingChanges(deploys, run, { files: cart(), pushes: { image: built } as never });
  const refused = await comingChanges(deploys, run, { files: { 'deploy/cart.yaml': 'kind: Deployment' } });

  expect(told.join('\n')).toContain(`containers[api].image: shop/cart:old -> shop/cart@${built.imageId}`);
  expect(refused).toEqual([
    'deploy, in staging:',
    '  cannot be told yet: deploy/cart.yaml, line 1: the document lacks apiVersion, metadata.name (Deployment)',
  ]);
});

type Run = Awaited<ReturnType<DeploysUnderTest['run']>>;

/** What an approver is told that a deploy step would change. */
async function comingChanges(
  { deps }: DeploysUnderTest,
  run: Run,
  request: DeployRequest,
): Promise<string[]> {
  return createComingChangeReader(deps)(deployStep, await run.context('deploy', request));
}
