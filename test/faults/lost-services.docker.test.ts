import { setTimeout as outage } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { startPostgres } from '../support/postgres.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { startRedis } from '../support/redis.ts';
import { openSite, runOfCommit } from '../support/site.ts';
import { startSocketProxy } from '../support/socket-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

const outageMs = 10_000;

test.concurrent('a database that is gone for 10 s costs a run in hand nothing: no step is repeated', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using database = await startPostgresServer();
  await site.commit(cart());
  await using trunkline = await site.serve({
    environment: { DATABASE_URL: database.url },
    pipelines: { cart: cartPipeline([steps.run('echo begun', 'sleep 4', 'echo finished'), steps.image]) },
  });
  const { api } = trunkline;
  const { id } = await api.requestRun();
  await api.waitForLog(id, 'begun');

  await database.stop();
  const whileGone = (await api.fetch('/readyz')).status;
  await outage(outageMs);
  await database.start();
  const run = await api.waitForOutcome(id, 'succeeded');

  expect(whileGone).toBe(503);
  expect(run.steps.map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect((await api.log(id)).match(/^(begun|finished)$/gm)).toEqual(['begun', 'finished']);
  await api.waitForOutcome((await api.requestRun()).id, 'succeeded');
});

test.concurrent('a Redis that is gone for 10 s delays what was asked for meanwhile, and loses nothing', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  await using redis = await startRedis();
  await site.commit(cart());
  await using trunkline = await site.serve({
    environment: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    pipelines: { cart: cartPipeline([steps.run('echo begun', 'sleep 4')]) },
  });
  const { api } = trunkline;
  const inHand = await api.requestRun();
  await api.waitForLog(inHand.id, 'begun');

  await redis.stop();
  const [asked] = await Promise.all([api.requestRun(), outage(outageMs)]);
  await redis.start();

  const runs = [
    await api.waitForOutcome(inHand.id, 'succeeded'),
    await api.waitForOutcome(asked.id, 'succeeded'),
  ];
  expect(runs.map(({ steps: [step] }) => step?.attempt)).toEqual([1, 1]);
  await api.waitForOutcome(
    await runOfCommit(site, trunkline, await site.commit({ 'message.txt': '2' })),
    'succeeded',
  );
});

test('a Docker engine that goes away in the middle of a step is waited for, and the step repeated', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  const { docker } = site.config() as { docker: { host: string } };
  await using proxy = await startSocketProxy(docker.host);
  await site.commit(cart());
  await using trunkline = await site.serve({
    config: site.config({ docker: { host: proxy.host } }),
    environment: { DATABASE_URL: postgres.url },
    pipelines: { cart: cartPipeline([steps.run('echo begun', 'sleep 10')]) },
  });
  const { api } = trunkline;
  const { id } = await api.requestRun();
  await api.waitForLog(id, 'begun');

  await proxy.cut();
  await api.waitForLog(id, 'trying again');
  await proxy.restore();
  const run = await api.waitForOutcome(id, 'succeeded');

  expect(run.steps[0]?.attempt).toBeGreaterThan(1);
  expect(await api.log(id)).toMatch(/Docker engine at .* did not answer/);
});

test('a Docker engine that stays away ends the step as our fault, with what to do, and the server goes on', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  const { docker } = site.config() as { docker: { host: string } };
  await using proxy = await startSocketProxy(docker.host);
  await site.commit(cart());
  const image = steps.image.replace('context: .', 'context: ., retry: { max: 1 }');
  await using trunkline = await site.serve({
    config: site.config({ docker: { host: proxy.host } }),
    environment: { DATABASE_URL: postgres.url },
    pipelines: { cart: cartPipeline([image]) },
  });
  const { api } = trunkline;
  await proxy.cut();

  const run = await api.waitForOutcome((await api.requestRun()).id, 'errored');

  expect(run.reason).toMatch(/^image: the Docker engine at .* did not answer .*Check that dockerd runs/);
  await proxy.restore();
  await api.waitForOutcome((await api.requestRun()).id, 'succeeded');
});

test('a registry that goes away in the middle of a push is waited for, and has the image once', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  const revision = await site.commit(cart({ message: `${Math.random()}` }));
  await using trunkline = await site.serve({
    environment: { DATABASE_URL: postgres.url },
    pipelines: { cart: cartPipeline([steps.image, steps.push]) },
  });
  const { api } = trunkline;
  const { requests } = site.registryProxy;
  const isManifestPut = ({ method, path }: { method: string; path: string }) =>
    method === 'PUT' && path.includes('/manifests/');
  const hold = site.registryProxy.hold(isManifestPut);
  const { id } = await api.requestRun();
  await hold.reached;

  await site.registryProxy.cut();
  hold.release();
  await api.waitForLog(id, 'trying again');
  await site.registryProxy.restore();
  const run = await api.waitForOutcome(id, 'succeeded');

  const arrived = requests.filter((request) => isManifestPut(request) && request.status === 201);
  expect(arrived).toHaveLength(1);
  expect(run.images[0]?.digest).toBe(await site.digestOf('shop/cart', `r${revision}`));
  await waitFor(async () => (await api.fetch('/readyz')).ok, { what: 'the server to be ready' });
});
