import { afterAll, beforeAll, expect, test } from 'vitest';
import { cart, cartPipeline } from '../support/cart.ts';
import { type ClusterSite, isDoneApply, openClusterSite, rolloutBegan } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { installHook, runOfCommit } from '../support/site.ts';
import type { Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

/** A server with a healthy version of `cart`. */
let site: ClusterSite;
let trunkline: Trunkline;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  site = opened.use(await openClusterSite());
  const { url } = opened.use(await startPostgres());
  await site.commit(cart({ message: 'one' }));
  trunkline = opened.use(
    await site.serve({
      pipelines: { cart: cartPipeline() },
      environment: { DATABASE_URL: url },
      config: site.config({ repositories: site.repositories({ poll: '500ms' }) }),
    }),
  );
  const { api } = trunkline;
  await api.waitForOutcome((await api.requestRun()).id, 'succeeded');
});
afterAll(() => opened.disposeAsync());

test('one commit, told by the real hook, by the poller and by a replay, becomes one run and one rollout', async () => {
  const { api } = trunkline;
  await installHook(site.subversion, trunkline.url);
  const { generation } = (await site.deployment()).metadata;

  const revision = await site.commit({ 'message.txt': 'two' });
  const { id } = await waitFor(
    async () => (await api.runs()).find((run) => run.revision === String(revision)),
    {
      what: 'the run',
    },
  );
  const event = await waitFor(
    async () => (await events()).find(({ source, state }) => source === 'svn-hook' && state === 'handled'),
    { what: 'the hook to be handled' },
  );
  await api.post(`/api/v1/events/${event.id}/replay`);
  const run = await api.waitForOutcome(id, 'succeeded');
  await waitFor(async () => (await events()).every(({ state }) => state === 'handled'), {
    what: 'all events to be handled',
  });

  const runs = await api.runs();
  const live = await site.deployment();
  expect(runs.filter((other) => other.revision === String(revision))).toHaveLength(1);
  expect(run).toMatchObject({ trigger: 'commit', author: 'alice' });
  expect(live.metadata.generation).toBe(generation + 1);
  expect(live.spec.template.spec.containers[0]?.image).toBe(run.images[0]?.reference);
  expect(run.images[0]?.digest).toBe(await site.digestOf('shop/cart', `r${revision}`));
  await site.answers('two');
});

test('an image that crashes at start is rolled back, its last words are kept, and the server goes on', async () => {
  const { api } = trunkline;
  const answer = await site.answer();
  const revision = await site.commit(cart({ command: 'echo cannot open the orders table; exit 7' }));

  const run = await api.waitForOutcome(await runOfCommit(site, trunkline, revision), 'failed');

  expect(run.reason).toMatch(/exit code 7|exited with 7|\b7\b/);
  expect(run.deployments).toMatchObject([{ outcome: 'failed', rollback: { state: 'done' } }]);
  expect(JSON.stringify(run.deployments[0]?.evidence)).toContain('cannot open the orders table');
  expect(await api.log(run.id)).toContain('cannot open the orders table');
  await site.answers(answer);
  const next = await runOfCommit(site, trunkline, await site.commit(cart({ message: 'mended' })));
  await api.waitForOutcome(next, 'succeeded');
  await site.answers('mended');
});

test('an API server that goes away in the middle of a rollout is waited for; nothing is applied again', {
  meta: { faults: 1 },
}, async () => {
  const { api } = trunkline;
  const { generation } = (await site.deployment()).metadata;
  const before = site.apiProxy.requests.length;
  const revision = await site.commit(cart({ message: 'three', readyAfter: 10 }));
  const id = await runOfCommit(site, trunkline, revision);
  await rolloutBegan(site, generation + 1);

  await site.apiProxy.cut();
  await site.answers('three');
  await site.apiProxy.restore();
  const run = await api.waitForOutcome(id, 'succeeded');

  expect(run.steps.at(-1)).toMatchObject({ id: 'staging', attempt: 1 });
  expect(site.apiProxy.requests.slice(before).filter(isDoneApply)).toHaveLength(1);
  expect((await site.deployment()).metadata.generation).toBe(generation + 1);
});

type Event = { id: string; source: string; state: string };

async function events(): Promise<Event[]> {
  return (await trunkline.api.get<{ items: Event[] }>('/api/v1/events')).items;
}
