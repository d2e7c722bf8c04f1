import { expect, test } from 'vitest';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { openClusterSite } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { runOfCommit } from '../support/site.ts';
import { startSpareSwarm } from '../support/spare-swarm.ts';

const pipeline = cartPipeline([
  steps.image,
  steps.push,
  '- { id: europe, deploy: { environment: staging, manifests: deploy/*.yaml, soak: 1s } }',
  '- { id: asia, needs: [europe], deploy: { environment: asia, manifests: swarm/*.yaml, soak: 1s } }',
  '- { id: back, needs: [asia], run-when: on-failure, deploy: { environment: staging, undo: europe, soak: 0s } }',
]);

/** Two rollouts, on a machine that has much else to do. */
const endMs = 240_000;

test('a version goes from one cluster to the next, and back from all of them where it turns bad in a later one', async () => {
  await using swarm = await startSpareSwarm();
  await using site = await openClusterSite();
  await using postgres = await startPostgres();
  await site.commit({
    ...cart({ message: 'one' }),
    'swarm/cart.yaml': stack('exec httpd -f -p 8080 -h /www'),
  });
  const environments = { staging: site.staging, asia: { swarm: { host: swarm.engine.host } } };
  await using trunkline = await site.serve({
    config: site.config({ environments }),
    pipelines: { cart: pipeline },
    environment: { DATABASE_URL: postgres.url },
  });
  const { api } = trunkline;
  const good = await api.waitForOutcome((await api.requestRun()).id, 'succeeded', endMs);

  const broken = { 'message.txt': 'two', 'swarm/cart.yaml': stack('echo no such port; exit 3') };
  const bad = await api.waitForOutcome(
    await runOfCommit(site, trunkline, await site.commit(broken)),
    'failed',
    endMs,
  );

  const reference = good.images[0]?.reference ?? '';
  expect(good.deployments).toMatchObject([{ environment: 'staging' }, { environment: 'asia' }]);
  expect(good.steps.find(({ id }) => id === 'back')).toMatchObject({ outcome: 'skipped' });
  expect(bad.steps.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['image', 'succeeded'],
    ['push', 'succeeded'],
    ['europe', 'succeeded'],
    ['asia', 'failed'],
    ['back', 'succeeded'],
  ]);
  await site.answers('one');
  expect((await site.deployment()).spec.template.spec.containers[0]?.image).toBe(reference);
  const [service] = JSON.parse(await swarm.docker('service', 'inspect', 'cart_web'));
  expect(service.Spec.TaskTemplate.ContainerSpec.Image).toBe(reference);
});

/** The service in a Compose file, with a command of its own. */
function stack(command: string): string {
  return `services:
  web:
    image: shop/cart
    command: ${JSON.stringify(['/bin/sh', '-c', command])}
    stop_grace_period: 1s
    deploy: { endpoint_mode: dnsrr, restart_policy: { delay: 500ms } }
`;
}
