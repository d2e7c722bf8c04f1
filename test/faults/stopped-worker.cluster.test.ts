import { expect, test } from 'vitest';
import { stepOutcomes } from '../support/api.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { type ClusterSite, isApply, openClusterSite } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { openSite, runOfCommit } from '../support/site.ts';
import { startBeside, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

// A lease of 20 s has to run out while the first worker is stopped: the tests wait for that side by side.
test.concurrent('a worker stopped between deciding and writing, continued after all is over, changes nothing', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openClusterSite();
  await using postgres = await startPostgres();
  await site.commit(cart());
  await using first = await site.serve({
    pipelines: { cart: cartPipeline() },
    environment: { DATABASE_URL: postgres.url },
  });
  await first.api.waitForOutcome((await first.api.requestRun()).id, 'succeeded');
  const apply = site.apiProxy.hold(isApply);
  const id = await runOfCommit(site, first, await site.commit(cart({ message: 'two' })));
  const decided = await apply.reached;
  first.server.signal('SIGSTOP');
  await using second = await startBeside(first);
  await second.api.waitForOutcome(id, 'succeeded');
  const newer = await runOfCommit(site, second, await site.commit(cart({ message: 'three' })));
  await second.api.waitForOutcome(newer, 'succeeded');
  const before = await stateOf(site, second);

  apply.release();
  const answered = await waitFor(() => decided.status, { what: 'the API server to answer the late write' });
  await continueToNotice(first);

  expect(answered).toBe(409);
  expect(await stateOf(site, second)).toEqual(before);
  await site.answers('three');
  expect(await second.api.run(id)).toMatchObject({ outcome: 'succeeded' });
});

test.concurrent('a worker stopped before it sets a further tag, continued after another has done so, moves no tag', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  const push = "- { id: push, push: { image: image, tags: ['r${revision}', 'stable-${revision}'] } }";
  const pipeline = cartPipeline([steps.image, push]);
  await site.commit(cart({ message: `${Math.random()}` }));
  await using first = await site.serve({
    pipelines: { cart: pipeline },
    environment: { DATABASE_URL: postgres.url },
  });
  const tagging = site.registryProxy.hold(
    ({ method, path }) => method === 'PUT' && path.endsWith('/stable-1'),
  );
  const { id } = await first.api.requestRun();
  await tagging.reached;
  first.server.signal('SIGSTOP');
  await using second = await startBeside(first);
  const run = await second.api.waitForOutcome(id, 'succeeded');

  tagging.release();
  await continueToNotice(first);

  const digests = await Promise.all(['r1', 'stable-1'].map((tag) => site.digestOf('shop/cart', tag)));
  expect(digests).toEqual([run.images[0]?.digest, run.images[0]?.digest]);
  expect(await second.api.run(id)).toEqual(run);
  expect(stepOutcomes(run)).toEqual({ image: 'succeeded', push: 'succeeded' });
});

async function continueToNotice({ server }: Trunkline): Promise<void> {
  server.signal('SIGCONT');
  await waitFor(() => server.stderr().includes('lost the lease'), {
    what: 'the continued worker to notice',
  });
}

/** Everything that a late writer could spoil. */
async function stateOf(site: ClusterSite, trunkline: Trunkline) {
  await using store = await trunkline.openStore();
  const { db } = store;
  const { metadata, spec } = await site.deployment();
  return {
    // What its controller says of it, and when, is none of that.
    deployment: { annotations: metadata.annotations, generation: metadata.generation, spec },
    services: JSON.parse(await site.kubectl('get', 'services', '-o', 'json')).items,
    runs: await db.selectFrom('run').selectAll().orderBy('number').execute(),
    steps: await db.selectFrom('step').selectAll().orderBy('run_id').orderBy('position').execute(),
    deployments: await db.selectFrom('deployment').selectAll().orderBy('started_at').execute(),
    log: await db.selectFrom('log_chunk').selectAll().orderBy('run_id').orderBy('seq').execute(),
    tags: await Promise.all(['r1', 'r2', 'r3'].map((tag) => site.digestOf('shop/cart', tag))),
  };
}
