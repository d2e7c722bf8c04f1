import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../src/http/schemas/run.ts';
import { type CartOptions, cart, cartPipeline } from '../support/cart.ts';
import {
  type ClusterSite,
  isApply,
  isDoneApply,
  openClusterSite,
  rolloutBegan,
} from '../support/cluster-site.ts';
import { runOfCommit } from '../support/site.ts';
import type { Trunkline } from '../support/trunkline.ts';

/** A server with a healthy first version of `cart`, which each test replaces. */
let site: ClusterSite;
let trunkline: Trunkline;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  site = opened.use(await openClusterSite());
  await site.commit(cart());
  trunkline = opened.use(await site.serve({ pipelines: { cart: cartPipeline() } }));
  const { id } = await trunkline.api.requestRun();
  await trunkline.api.waitForOutcome(id, 'succeeded');
});
afterAll(() => opened.disposeAsync());

test('killed in the middle of a build, the restarted server builds again and ends the run once', {
  meta: { faults: 1 },
}, async () => {
  const change = await commitVersion({ build: ['RUN echo compiling; sleep 12'] });
  const id = await runOfCommit(site, trunkline, change.revision);
  await trunkline.api.waitForLog(id, 'compiling');

  await killAndStart();
  const run = await trunkline.api.waitForOutcome(id, 'succeeded');

  await expectOneRollout(run, change);
  expect(attemptsOf(run)).toEqual({ image: 2, push: 1, staging: 1 });
});

test('killed in the middle of a push, the restarted server pushes again and ends the run once', {
  meta: { faults: 1 },
}, async () => {
  const change = await commitVersion();
  const hold = site.registryProxy.hold(({ method, path }) => method === 'PUT' && /\/manifests\//.test(path));
  const id = await runOfCommit(site, trunkline, change.revision);
  await hold.reached;

  await killAndStart();
  hold.release();
  const run = await trunkline.api.waitForOutcome(id, 'succeeded');

  await expectOneRollout(run, change);
  expect(attemptsOf(run)).toEqual({ image: 1, push: 2, staging: 1 });
});

test('killed right after the apply, before it could note that, the restarted server does not apply again', {
  meta: { faults: 1 },
}, async () => {
  const change = await commitVersion();
  const hold = site.apiProxy.hold(isApply, 'answer');
  const id = await runOfCommit(site, trunkline, change.revision);
  await hold.reached;

  await killAndStart();
  hold.release();
  const run = await trunkline.api.waitForOutcome(id, 'succeeded');

  await expectOneRollout(run, change);
  expect(attemptsOf(run)).toEqual({ image: 1, push: 1, staging: 2 });
});

test('killed in the middle of a rollout, the restarted server watches that same rollout to its end', {
  meta: { faults: 1 },
}, async () => {
  const change = await commitVersion({ readyAfter: 15 });
  const id = await runOfCommit(site, trunkline, change.revision);
  await rolloutBegan(site, change.generation + 1);

  await killAndStart();
  const run = await trunkline.api.waitForOutcome(id, 'succeeded');

  await expectOneRollout(run, change);
  expect(attemptsOf(run)).toEqual({ image: 1, push: 1, staging: 2 });
});

type Change = { message: string; revision: number; generation: number; requestsBefore: number };

async function commitVersion(options: CartOptions = {}): Promise<Change> {
  const message = `version ${Math.random()}`;
  const { generation } = (await site.deployment()).metadata;
  const revision = await site.commit(cart({ ...options, message }));
  return { message, revision, generation, requestsBefore: site.apiProxy.requests.length };
}

async function killAndStart(): Promise<void> {
  await trunkline.server.kill();
  await trunkline.start();
}

function attemptsOf(run: Run): Record<string, number> {
  return Object.fromEntries(run.steps.map(({ id, attempt }) => [id, attempt]));
}

/** API, registry, cluster and the service itself agree: this revision, once. */
async function expectOneRollout(run: Run, change: Change): Promise<void> {
  const digest = await site.digestOf('shop/cart', `r${change.revision}`);
  const reference = `${site.registryProxy.host}/shop/cart@${digest}`;
  const live = await site.deployment();
  const applies = site.apiProxy.requests.slice(change.requestsBefore).filter(isDoneApply);
  const runs = await trunkline.api.runs();
  expect(runs.filter(({ revision }) => revision === String(change.revision))).toHaveLength(1);
  expect(run.images).toEqual([{ step: 'push', reference, digest, tags: [`r${change.revision}`] }]);
  expect(run.deployments).toMatchObject([{ state: 'ended', outcome: 'succeeded', rollback: null }]);
  expect(applies).toHaveLength(1);
  expect(live.metadata.generation).toBe(change.generation + 1);
  expect(live.spec.template.spec.containers).toMatchObject([{ image: reference }]);
  await site.answers(change.message);
}
