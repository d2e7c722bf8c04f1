import { expect, test } from 'vitest';
import { importBaseImage } from '../support/base-image.ts';
import { cart, cartPipeline } from '../support/cart.ts';
import { startPostgres } from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';
import { openSite, runOfCommit } from '../support/site.ts';
import { type SpareSwarm, startSpareSwarm } from '../support/spare-swarm.ts';
import { startBeside } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

test('on a swarm, another server takes the rollout of a killed one over and does not apply again; then one command goes back by digest', {
  meta: { faults: 1 },
}, async () => {
  await using swarm = await startSpareSwarm();
  await importBaseImage(swarm.engine.host);
  await using site = await openSite();
  await using postgres = await startPostgres();
  await site.commit(service({ message: 'one', healthyAfter: 0 }));
  await using first = await site.serve({
    config: site.config({
      docker: { host: swarm.engine.host },
      environments: { staging: { swarm: {} } },
    }),
    pipelines: { cart: cartPipeline() },
    environment: { DATABASE_URL: postgres.url },
  });
  const one = await first.api.waitForOutcome((await first.api.requestRun()).id, 'succeeded');
  const id = await runOfCommit(site, first, await site.commit(service({ message: 'two', healthyAfter: 25 })));
  await waitFor(async () => (await stateOf(swarm)).update === 'updating', {
    what: 'the rollout to begin',
    deadlineMs: 60_000,
  });

  await first.server.kill();
  await using second = await startBeside(first);
  const two = await second.api.waitForOutcome(id, 'succeeded');
  const rolled = await stateOf(swarm);
  const command = startProgram(['rollback', 'staging', 'service/cart_web', '--why', 'prices are wrong'], {
    cwd: process.env.TMPDIR ?? '/tmp',
    environment: { TRUNKLINE_URL: second.url, TRUNKLINE_TOKEN: second.token },
  });
  const end = await command.ended;
  const rollback = (await second.api.runs()).at(-1);
  const back = await second.api.waitForOutcome(rollback?.id ?? '', 'succeeded');

  expect(two.steps.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
  expect(two.deployments).toMatchObject([{ outcome: 'succeeded', rollback: null }]);
  expect(rolled).toMatchObject({ image: named(two), before: named(one) });
  expect(end, command.stderr()).toEqual({ exitCode: 0, signal: null });
  expect(back).toMatchObject({ trigger: 'rollback', revision: '1', deployments: [{ outcome: 'succeeded' }] });
  expect(await stateOf(swarm)).toMatchObject({ image: named(one), before: named(two) });
  // The last task of the version before may still be ending.
  const listed = () => swarm.docker('service', 'ls', '--format', '{{.Name}} {{.Replicas}}');
  await waitFor(async () => (await listed()) === 'cart_web 1/1\n', { what: 'one service with one task' });

  function named({ images }: typeof one): string {
    return `${site.registryProxy.host}/shop/cart@${images[0]?.digest}`;
  }
});

/** The service cart, with a Compose file that takes its tasks for healthy after so many seconds. */
function service({ message, healthyAfter }: { message: string; healthyAfter: number }) {
  const command = `sleep ${healthyAfter}; touch /tmp/healthy; exec httpd -f -p 8080 -h /www`;
  return {
    ...cart({ message, command }),
    'deploy/cart.yaml': `services:
  web:
    image: shop/cart
    stop_grace_period: 1s
    deploy: { endpoint_mode: dnsrr, update_config: { order: start-first, monitor: 1s } }
    healthcheck: { test: [CMD, test, -f, /tmp/healthy], interval: 500ms, retries: 100 }
`,
  };
}

/** What the swarm says of the service: a second update would make the version before the same as the present one. */
async function stateOf({ docker }: SpareSwarm) {
  const [{ Spec, PreviousSpec, UpdateStatus }] = JSON.parse(await docker('service', 'inspect', 'cart_web'));
  return {
    image: Spec.TaskTemplate.ContainerSpec.Image as string,
    before: PreviousSpec?.TaskTemplate.ContainerSpec.Image as string | undefined,
    update: UpdateStatus?.State as string | undefined,
  };
}
