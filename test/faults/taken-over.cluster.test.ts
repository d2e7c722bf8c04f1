import { expect, test } from 'vitest';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { isDoneApply, openClusterSite, rolloutBegan } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { openSite, runOfCommit, type Site } from '../support/site.ts';
import { startBeside, type Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

// A lease of 20 s has to run out, and the reconciler to look: the tests wait for that side by side.
test.concurrent('killed in the middle of a rollout, another server takes the run over and does not apply again', {
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
  const revision = await site.commit(cart({ message: 'two', readyAfter: 25 }));
  const id = await runOfCommit(site, first, revision);
  await rolloutBegan(site, 2);

  await first.server.kill();
  await using second = await startBeside(first);
  const run = await second.api.waitForOutcome(id, 'succeeded');

  expect(run.deployments).toMatchObject([{ outcome: 'succeeded', rollback: null }]);
  expect(run.steps.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
  expect((await second.api.runs()).filter((other) => other.revision === String(revision))).toHaveLength(1);
  expect(site.apiProxy.requests.filter(isDoneApply)).toHaveLength(2);
  expect((await site.deployment()).metadata.generation).toBe(2);
  await site.answers('two');
});

test.concurrent('an image that died with its engine is built again, with all that consumed it', {
  meta: { faults: 1 },
}, async () => {
  await using site = await openSite();
  await using postgres = await startPostgres();
  const pipeline = cartPipeline([
    steps.image,
    "- { id: test, run: { from: image, commands: ['cat /www/index.html'] } }",
    steps.push,
  ]);
  const revision = await site.commit(cart({ message: `${Math.random()}` }));
  await using first = await site.serve({
    pipelines: { cart: pipeline },
    environment: { DATABASE_URL: postgres.url },
  });
  const hold = site.registryProxy.hold(isManifestPut);
  const { id } = await first.api.requestRun();
  await hold.reached;
  await using second = await startBeside(first);

  await first.server.kill();
  await removeBuiltImage(site, second, id);
  const run = await second.api.waitForOutcome(id, 'succeeded');

  expect(run.steps.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
  expect(run.images).toHaveLength(1);
  expect(run.images[0]?.digest).toBe(await site.digestOf('shop/cart', `r${revision}`));
  expect(await second.api.log(id)).toContain('was lost with the worker that built it');
});

function isManifestPut({ method, path }: { method: string; path: string }): boolean {
  return method === 'PUT' && path.includes('/manifests/');
}

/** What a machine of its own would lack: the image that the dead worker built. */
async function removeBuiltImage(site: Site, { api }: Trunkline, runId: string): Promise<void> {
  const { docker } = site.config() as { docker: { host: string } };
  const built = (await api.run(runId)).steps[0]?.output?.imageId;
  await waitFor(
    () => runCommand('docker', ['-H', docker.host, 'image', 'rm', '--force', String(built)]).then(() => true),
    { what: 'the image to be removed' },
  );
}
