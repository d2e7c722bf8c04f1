import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EnvironmentDrift } from '../../src/web/api/types.ts';
import { stepOutcomes } from '../support/api.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { type ClusterSite, openClusterSite } from '../support/cluster-site.ts';
import type { Namespace } from '../support/kubernetes.ts';
import { startPostgres } from '../support/postgres.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { type SpareCluster, startSpareCluster } from '../support/spare-cluster.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Trunkline } from '../support/trunkline.ts';
import { waitFor } from '../support/wait-for.ts';

const europe =
  '- { id: europe, needs: [push], deploy: { environment: staging, manifests: deploy/*.yaml, soak: 1s } }';
const asiaThen = (needs: string) =>
  `- { id: asia, needs: [${needs}], deploy: { environment: asia, manifests: asia/*.yaml, soak: 1s } }`;
const back =
  '- { id: back, needs: [asia], run-when: on-failure, deploy: { environment: staging, undo: europe, soak: 0s } }';
const gates = "gates: [{ name: errors, query: 'vector(5)', max: 1, every: 1s, delay: 0s }]";
const waves = (asia: string) => [steps.image, steps.push, europe, asia, back];

const pipelines = {
  waves: waves(asiaThen('europe')),
  gated: waves(asiaThen('europe').replace('soak: 1s', `soak: 2s, ${gates}`)),
  together: [steps.image, steps.push, europe, asiaThen('push')],
  impatient: waves(asiaThen('europe').replace('soak: 1s', 'soak: 1s, timeout: 30s')),
};

/** Two builds and rollouts, on a machine that has much else to do. */
const endMs = 140_000;

let site: ClusterSite;
let spare: SpareCluster;
let namespace: Namespace;
let trunkline: Trunkline;
let kubeconfig: string;
const opened = new AsyncDisposableStack();

/** The environment `staging` (as `europe`) in the shared cluster, `asia` in another one, and a healthy `cart` in both. */
beforeAll(async () => {
  const opening = [startSpareCluster(), openClusterSite(), startPostgres(), startPrometheus()] as const;
  const [cluster, place, postgres, prometheus] = await Promise.all(opening);
  spare = opened.use(cluster);
  site = opened.use(place);
  opened.use(postgres);
  opened.use(prometheus);
  namespace = opened.use(await spare.makeNamespace());
  kubeconfig = join(opened.use(await temporaryFolder()).path, 'kubeconfig');
  await copyFile(spare.kubeconfig, kubeconfig);
  const kubernetes = { kubeconfig, context: spare.context, namespace: namespace.name };
  const environments = {
    staging: site.staging,
    asia: { kubernetes, prometheus: { url: prometheus.url } },
  };
  const named = Object.entries(pipelines).map(([name, chosen]) => [
    name,
    cartPipeline(chosen, { onCommit: false }).replace('name: cart', `name: ${name}`),
  ]);
  trunkline = opened.use(
    await site.serve({
      config: site.config({ environments }),
      pipelines: Object.fromEntries(named),
      environment: { DATABASE_URL: postgres.url },
    }),
  );
  await commit('one');
  await run('together', 'succeeded');
});
afterAll(() => opened.disposeAsync());

test('one run rolls out to both clusters at once, each sees what runs there, and a stop from outside stops both', async () => {
  const before = await answers();
  await commit('slow', { readyAfter: 600 });
  const { id } = await trunkline.api.requestRun('together');
  await trunkline.api.waitForRun(id, ({ deployments }) => deployments.length === 2, {
    what: 'two rollouts at once',
    deadlineMs: endMs,
  });
  for (const step of ['europe', 'asia']) {
    await waitFor(async () => (await stepLog(id, step)).includes('starting'), {
      ...{ what: `new pods of ${step}`, deadlineMs: endMs },
    });
  }
  await trunkline.api.cancel(id);
  const run = await trunkline.api.waitForOutcome(id, 'cancelled', endMs);

  expect(before).toEqual({ europe: 'one', asia: 'one' });
  expect(run.deployments.map(({ environment }) => environment).sort()).toEqual(['asia', 'staging']);
  expect(run.deployments).toMatchObject([
    { outcome: 'cancelled', rollback: { state: 'done' } },
    { outcome: 'cancelled', rollback: { state: 'done' } },
  ]);
  await untilAnswered(before);
});

test('waves go from one cluster to the other, and back from both where the later one turns bad, by itself or by a gate', async () => {
  await commit('two');
  const good = await run('waves', 'succeeded');
  await commit('three', { asia: 'echo no such port; exit 3' });
  const broken = await run('waves', 'failed');
  await commit('four');
  const refused = await run('gated', 'failed');

  const [first, second] = good.deployments;
  expect([first?.environment, second?.environment]).toEqual(['staging', 'asia']);
  expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.endedAt ?? ''));
  for (const bad of [broken, refused]) {
    expect(stepOutcomes(bad)).toMatchObject({ europe: 'succeeded', asia: 'failed', back: 'succeeded' });
  }
  expect(broken.reason).toContain('exits 3 right after start; last line: no such port');
});

test('what somebody changes by hand in one cluster is drift of that environment alone', async () => {
  await kubectl('set', 'env', 'deployment/cart', 'BY_HAND=1');

  const [here, there] = await Promise.all([drift('staging'), drift('asia')]);
  await kubectl('set', 'env', 'deployment/cart', 'BY_HAND-');

  expect(here).toMatchObject({ problem: null, objects: [] });
  expect(there).toMatchObject({ problem: null, objects: [{ object: 'deployment/cart', state: 'changed' }] });
});

test('an API server that is down for a while in the middle of the second wave delays it', async () => {
  await commit('five', { readyAfter: 8 });
  const { id } = await untilAsia('waves');
  await spare.stopApiServer();
  await trunkline.api.waitForLog(id, 'still trying');
  await spare.startApiServer();

  await trunkline.api.waitForOutcome(id, 'succeeded', endMs);
});

test('an API server that stays away until the step has no more time ends it as timed out, the wave before goes back, and a later run goes on', async () => {
  const before = await answers();
  await commit('away', { readyAfter: 8 });
  const { id } = await untilAsia('impatient');
  await spare.stopApiServer();
  const { reason, ...ended } = await trunkline.api.waitForOutcome(id, 'timed-out', endMs);
  const [, asia] = ended.deployments;
  await spare.startApiServer();
  const isBack = async () => (await answers()).europe === before.europe;
  await waitFor(isBack, { what: 'the first wave to be back', deadlineMs: 30_000 });
  await commit('five');
  await run('waves', 'succeeded');

  expect(reason).toMatch(
    /^asia: not done within 30 s: the cluster does not answer; the rollback to r\d+ failed: The cluster did not answer: /,
  );
  expect(stepOutcomes({ reason, ...ended })).toMatchObject({
    europe: 'succeeded',
    asia: 'timed-out',
    back: 'succeeded',
  });
  expect(asia).toMatchObject({ outcome: 'timed-out', rollback: { state: 'failed' } });
});

test('a kubeconfig that leads to the other cluster under the same name is refused, and nothing is written', async () => {
  const shared = await readFile(site.staging.kubernetes.kubeconfig, 'utf8');
  await writeFile(kubeconfig, shared.replaceAll('"proxy"', `"${spare.context}"`));
  await trunkline.server.kill();
  await trunkline.start();
  await commit('six');

  const refused = await run('waves', 'failed');

  expect(refused.reason).toMatch(
    /the environment asia leads to the cluster .*, and since .* it was .*: nothing was written/,
  );
  expect(stepOutcomes(refused)).toMatchObject({ europe: 'succeeded', asia: 'failed', back: 'succeeded' });
  await untilAnswered({ europe: 'five', asia: 'five' });
});

/** Commits a version for both clusters, whose pods become ready after so many seconds; in Asia with a command of its own. */
async function commit(
  message: string,
  { readyAfter = 0, asia }: { readyAfter?: number; asia?: string } = {},
) {
  const files = cart({ message, readyAfter });
  const manifest = files['deploy/cart.yaml'] ?? '';
  const command = `image: shop/cart\n          command: ${JSON.stringify(['/bin/sh', '-c', asia])}`;
  const there = asia === undefined ? manifest : manifest.replace('image: shop/cart', command);
  await site.commit({ ...files, 'asia/cart.yaml': there });
}

async function run(pipeline: keyof typeof pipelines, outcome: 'succeeded' | 'failed') {
  const { id } = await trunkline.api.requestRun(pipeline);
  return trunkline.api.waitForOutcome(id, outcome, endMs);
}

/** A run whose first wave is done, with new pods of the second one on their way. */
async function untilAsia(pipeline: keyof typeof pipelines): Promise<{ id: string }> {
  const { id } = await trunkline.api.requestRun(pipeline);
  const isUnderWay = async () => (await stepLog(id, 'asia')).includes('starting');
  await waitFor(isUnderWay, { what: 'the second wave', deadlineMs: endMs });
  return { id };
}

async function stepLog(id: string, step: string): Promise<string> {
  return (await trunkline.api.fetch(`/api/v1/runs/${id}/log?step=${step}`)).text();
}

async function answers() {
  const path = `/api/v1/namespaces/${namespace.name}/services/cart:80/proxy/`;
  return { europe: await site.answer(), asia: (await spare.kubectl('get', '--raw', path)).trim() };
}

/** A node's proxy hears a moment later than the verdict which pods serve no more. */
async function untilAnswered(versions: Awaited<ReturnType<typeof answers>>): Promise<void> {
  const areThere = async () => isDeepStrictEqual(await answers(), versions);
  await waitFor(areThere, { what: `the answers ${JSON.stringify(versions)}`, deadlineMs: 30_000 });
}

function kubectl(...args: string[]): Promise<string> {
  return spare.kubectl('-n', namespace.name, ...args);
}

/** The report of a look that begins now. */
async function drift(name: string): Promise<EnvironmentDrift> {
  const path = `/api/v1/environments/${name}/drift`;
  await trunkline.api.post(path);
  const report = () => trunkline.api.get<NonNullable<EnvironmentDrift>>(path);
  const fresh = async () => {
    const seen = await report();
    return seen.wantedAt === null && seen;
  };
  return waitFor(fresh, { what: `a look at ${name}`, deadlineMs: 60_000 });
}
