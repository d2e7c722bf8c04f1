import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../src/http/schemas/run.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { type ClusterSite, openClusterSite, rolloutBegan } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startBeside, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

/** Two servers on one database, with a healthy version of `cart` rolled out: whoever has a run, the other cancels it. */
let site: ClusterSite;
let servers: [Trunkline, Trunkline];
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  site = opened.use(await openClusterSite());
  const { url } = opened.use(await startPostgres());
  await site.commit(cart({ message: 'one' }));
  const setting = {
    pipelines: { cart: cartPipeline(undefined, { onCommit: false }) },
    environment: { DATABASE_URL: url },
  };
  const first = opened.use(await site.serve(setting));
  const second = opened.use(await startBeside(first));
  servers = [first, second];
  await first.api.waitForOutcome((await first.api.requestRun()).id, 'succeeded');
});
afterAll(() => opened.disposeAsync());

test('a build is cancelled from another server within 3 s', async () => {
  await usePipeline([steps.image]);
  await site.commit(cart({ build: [`RUN echo ${Math.random()} compiling; sleep 60`] }));
  const { id } = await servers[0].api.requestRun();
  await servers[0].api.waitForLog(id, 'compiling');

  const run = await cancelFromElsewhere(id);

  expect(cancelMs(run)).toBeLessThan(3_000);
  expect(run.steps).toMatchObject([{ outcome: 'cancelled', reason: 'cancelled by admin' }]);
});

test('commands are cancelled from another server within 3 s, and their container is gone', async () => {
  await usePipeline([steps.run('echo begun', 'sleep 60'), steps.image]);
  const { id } = await servers[0].api.requestRun();
  await servers[0].api.waitForLog(id, 'begun');

  const run = await cancelFromElsewhere(id);

  expect(cancelMs(run)).toBeLessThan(3_000);
  expect(run.steps).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'skipped' }]);
  expect(await containersOf(id)).toBe('');
});

test('a push is cancelled from another server within 3 s, and sets no tag', async () => {
  await usePipeline([steps.image, steps.push]);
  const revision = await site.commit(cart({ message: `${Math.random()}` }));
  const hold = site.registryProxy.hold(({ path }) => path.includes('/blobs/uploads/'));
  const { id } = await servers[0].api.requestRun();
  const upload = await hold.reached;

  const run = await cancelFromElsewhere(id);
  hold.release();
  await waitFor(() => upload.status !== undefined, { what: 'the upload that was under way' });

  expect(cancelMs(run)).toBeLessThan(3_000);
  expect(run.steps).toMatchObject([{ outcome: 'succeeded' }, { outcome: 'cancelled' }]);
  expect(await site.digestOf('shop/cart', `r${revision}`)).toBeUndefined();
});

test('a rollout is cancelled and left as it is, when that is asked for', async () => {
  const { id, before } = await beginRollout();

  const run = await cancelFromElsewhere(id, 'leave');

  const live = await site.deployment();
  expect(cancelMs(run)).toBeLessThan(3_000);
  expect(run.deployments).toMatchObject([{ outcome: 'cancelled', rollback: null }]);
  expect(live.metadata.generation).toBe(before + 1);
  expect(live.spec.template.spec.containers[0]?.image).toBe(run.images[0]?.reference);
});

test('a rollout is cancelled and rolled back to the last healthy version, unless something else is asked for', async () => {
  const { id, before } = await beginRollout();

  const run = await cancelFromElsewhere(id);

  const live = await site.deployment();
  expect(run.deployments).toMatchObject([{ outcome: 'cancelled', rollback: { state: 'done', to: 'r1' } }]);
  expect(run.reason).toContain('cancelled by admin');
  expect(live.metadata.generation).toBe(before + 2);
  expect(live.spec.template.spec.containers[0]?.image).not.toBe(run.images[0]?.reference);
  await site.answers('one');
});

/** A rollout that takes its time. */
async function beginRollout(): Promise<{ id: string; before: number }> {
  await usePipeline([steps.image, steps.push, steps.staging]);
  const before = (await site.deployment()).metadata.generation;
  await site.commit(cart({ message: `${Math.random()}`, readyAfter: 60 }));
  const { id } = await servers[0].api.requestRun();
  await rolloutBegan(site, before + 1);
  return { id, before };
}

async function usePipeline(chosen: readonly string[]): Promise<void> {
  for (const server of servers) await server.writePipeline('cart', cartPipeline(chosen, { onCommit: false }));
}

async function cancelFromElsewhere(id: string, rollout?: 'leave' | 'roll-back'): Promise<Run> {
  const [first, second] = servers;
  await using store = await first.openStore();
  const lease = await store.db
    .selectFrom('lease')
    .select('owner')
    .where('run_id', '=', id)
    .executeTakeFirstOrThrow();
  const workerId = await readFile(join(first.dataDir, 'worker-id'), 'utf8');
  const other = lease.owner.startsWith(workerId.trim()) ? second : first;
  await other.api.cancel(id, rollout);
  return other.api.waitForOutcome(id, 'cancelled');
}

function cancelMs({ cancel, endedAt }: Run): number {
  return Date.parse(endedAt ?? '') - Date.parse(cancel?.requestedAt ?? '');
}

async function containersOf(runId: string): Promise<string> {
  const { docker } = site.config() as { docker: { host: string } };
  return runCommand('docker', ['-H', docker.host, 'ps', '--all', '--quiet', '--filter', `name=${runId}`]);
}
