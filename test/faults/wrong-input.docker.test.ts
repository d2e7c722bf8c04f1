import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Api } from '../support/api.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { startPostgres } from '../support/postgres.ts';
import { openSite } from '../support/site.ts';
import { canMount, smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const once = 'retry: { max: 0 }';

test('a broken pipeline file, or one that names an unknown environment, is told by line and hurts no other', async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  await site.commit(cart());
  await using trunkline = await site.serve({
    environment: { DATABASE_URL: postgres.url },
    pipelines: {
      cart: cartPipeline([steps.run('true')]),
      broken: 'name: broken\nsteps: [\n',
      elsewhere: cartPipeline([steps.image, steps.push, steps.staging]).replace(
        'name: cart',
        'name: elsewhere',
      ),
    },
  });
  const { api } = trunkline;

  const { items, problems } = await api.pipelines();
  const asked = await api.fetch('/api/v1/pipelines/elsewhere/runs', { method: 'POST' });

  expect(items.map(({ name }) => name)).toEqual(['cart']);
  expect(problems.filter(({ file }) => file === 'broken.yaml')).not.toEqual([]);
  expect(problems.filter(({ file }) => file === 'elsewhere.yaml')).toMatchObject([
    { line: 8, message: expect.stringContaining('staging') },
  ]);
  expect(asked.status).toBe(404);
  await expectNextRunSucceeds(api);
});

test('a wrong registry password ends the push with a message that says so, once, and the server goes on', async () => {
  await using site = await openSite({ registry: { username: 'ci', password: 'right' } });
  await using folder = await temporaryFolder();
  await using postgres = await startPostgres();
  await writeFile(join(folder.path, 'password'), 'a-wrong-password');
  await site.commit(cart({ message: `${Math.random()}` }));
  await using trunkline = await site.serve({
    config: site.config({
      credentials: { registry: { username: 'ci', password: { file: join(folder.path, 'password') } } },
      registries: { main: { host: site.registryProxy.host, default: true, credentials: 'registry' } },
    }),
    environment: { DATABASE_URL: postgres.url },
    pipelines: { cart: cartPipeline([steps.image, steps.push]) },
  });
  const { api } = trunkline;

  const run = await api.waitForOutcome((await api.requestRun()).id, 'errored');

  expect(run.steps).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'errored', attempt: 1 }]);
  expect(run.reason).toMatch(new RegExp(`^push: .*${site.registryProxy.host}`));
  expect(run.reason).toMatch(/credentials|password|account|denied|refuse/i);
  expect(run.reason).not.toContain('a-wrong-password');
  await trunkline.writePipeline('cart', cartPipeline([steps.image]));
  await expectNextRunSucceeds(api);
});

test('a wrong SVN password is told for the repository and for whoever asks for a run, and the server goes on', async () => {
  await using open = await openSite();
  await using locked = await openSite({ svnPassword: 'right' });
  await using folder = await temporaryFolder();
  await using postgres = await startPostgres();
  await writeFile(join(folder.path, 'password'), 'a-wrong-password');
  await open.commit(cart());
  await using trunkline = await open.serve({
    config: open.config({
      credentials: { svn: { username: 'ci', password: { file: join(folder.path, 'password') } } },
      repositories: {
        shop: { svn: open.subversion.root },
        locked: { svn: locked.subversion.root, credentials: 'svn', poll: '1s' },
      },
    }),
    environment: { DATABASE_URL: postgres.url },
    pipelines: {
      cart: cartPipeline([steps.run('true')]),
      locked: cartPipeline([steps.run('true')])
        .replace('cart', 'locked')
        .replace('repository: shop', 'repository: locked'),
    },
  });
  const { api } = trunkline;

  const watcher = await waitFor(
    async () => {
      const { items } = await api.get<Repositories>('/api/v1/repositories');
      return items.find(({ name, state }) => name === 'locked' && state === 'failing');
    },
    { what: 'the repository to be failing' },
  );
  const asked = await api.fetch('/api/v1/pipelines/locked/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"branch":"trunk"}',
  });
  const problem = await asked.text();

  expect(JSON.stringify(watcher)).toMatch(/user name|password|credentials|authori[sz]/i);
  expect(asked.status).toBeGreaterThanOrEqual(400);
  expect(problem).toMatch(/user name|password|credentials|authori[sz]/i);
  expect(JSON.stringify(watcher) + problem + trunkline.server.stderr()).not.toContain('a-wrong-password');
  await expectNextRunSucceeds(api);
});

test("a Dockerfile that fails ends the run as the user's failure, with the command and its exit code", async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  await site.commit(cart({ build: ['RUN echo compiling && exit 7'] }));
  await using trunkline = await site.serve({
    environment: { DATABASE_URL: postgres.url },
    pipelines: { cart: cartPipeline([steps.image, steps.push]) },
  });
  const { api } = trunkline;

  const run = await api.waitForOutcome((await api.requestRun()).id, 'failed');

  expect(run.steps).toMatchObject([{ outcome: 'failed', attempt: 1 }, { outcome: 'skipped' }]);
  expect(run.reason).toMatch(/^image: .*(exit code|returned a non-zero code).*7/);
  await site.commit(cart());
  await expectNextRunSucceeds(api);
});

test('a path deleted while its run was queued: the run takes it from its own revision; a later one is refused', async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  await site.commit({ ...cart(), 'message.txt': 'still here\n' });
  await using trunkline = await site.serve({
    environment: { DATABASE_URL: postgres.url },
    pipelines: { cart: cartPipeline([steps.run('cat message.txt', 'sleep 2')]) },
  });
  const { api } = trunkline;
  const first = await api.requestRun();
  const queued = await api.requestRun();

  await site.subversion.commit({ files: { 'trunk/services/cart': null, 'trunk/readme.txt': '' } });
  const asked = await api.fetch('/api/v1/pipelines/cart/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"branch":"trunk"}',
  });

  await api.waitForOutcome(first.id, 'succeeded');
  await api.waitForOutcome(queued.id, 'succeeded');
  expect(await api.log(queued.id)).toContain('still here');
  expect(asked.status).toBe(422);
  expect(await asked.text()).toContain('services/cart');
  await site.commit(cart());
  await expectNextRunSucceeds(api);
});

test.runIf(canMount)(
  'a full disk of the workspaces ends the step with what to do, and the next run has its space',
  async () => {
    await using site = await openSite();
    await using disk = await smallDisk('8m');
    await using postgres = await startPostgres();
    await site.commit({ ...cart(), 'large.bin': 'x'.repeat(12 * 2 ** 20) });
    const step = steps.run('true').replace('commands:', `${once}, commands:`);
    await using trunkline = await site.serve({
      environment: { DATABASE_URL: postgres.url, DATA_DIR: disk.path },
      pipelines: { cart: cartPipeline([step]) },
    });
    const { api } = trunkline;

    const run = await api.waitForOutcome((await api.requestRun()).id, 'errored');

    expect(run.reason).toMatch(/^test: .*(disk|space)/i);
    await site.commit({ 'large.bin': null });
    await expectNextRunSucceeds(api);
  },
);

type Repositories = { items: { name: string; state: string }[] };

async function expectNextRunSucceeds(api: Api): Promise<void> {
  const { id } = await api.requestRun();
  await api.waitForOutcome(id, 'succeeded');
}
