import { expect, test } from 'vitest';
import { requestCancel } from '../../src/runs/cancel-run.ts';
import type { RunRequest } from '../../src/runs/create-run.ts';
import { rerunRun, retryRun } from '../../src/runs/repeat-run.ts';
import { claimTargets, findOvertaking, updateDeployment } from '../../src/store/deployments.ts';
import { endStep } from '../../src/store/runs.ts';
import { pipelineOf, startEngine } from '../runs/engine-under-test.ts';

test('a step that ended in the middle of its rollout holds up no other step of its run', async () => {
  await using engine = await startEngine();
  const admission = await engine.admit(await engine.createRun(pipelineOf('one', 'two')));
  if (admission.kind !== 'admitted') throw new Error(`the run is ${admission.kind}`);
  const { lease } = admission;

  const first = await claimTargets(engine.db, lease, deploymentOf('one'));
  const meanwhile = await claimTargets(engine.db, lease, deploymentOf('two'));
  await endStep(engine.db, lease, {
    stepId: 'one',
    outcome: 'errored',
    reason: 'cluster away',
    output: null,
  });
  const afterwards = await claimTargets(engine.db, lease, deploymentOf('two'));

  expect(first).toBeNull();
  expect(meanwhile).toMatchObject({ target: 'test/shop/deployment/cart', pipeline: 'cart', number: 1 });
  expect(afterwards).toBeNull();
});

test('an older run never deploys over a newer one, whatever their branches and pipelines; one made later may', async () => {
  await using engine = await startEngine();
  const old = await made(engine, { name: 'cart', branch: 'trunk', move: 10 });
  const elsewhere = await made(engine, { name: 'web', branch: 'trunk', move: 10 });
  const otherRepository = await made(engine, {
    name: 'infra',
    branch: 'trunk',
    move: 1,
    repository: 'infra',
  });
  const oldBranch = await made(engine, { name: 'cart', branch: 'branches/a', move: 11 });
  const newer = await made(engine, { name: 'cart', branch: 'branches/b', move: 12 });
  const newest = await made(engine, { name: 'web', branch: 'trunk', move: 13 });
  const before = await overtaking(engine, [old, oldBranch, newer]);

  await deploy(engine, newer);
  const afterBranch = await overtaking(engine, [old, elsewhere, oldBranch, otherRepository, newer, newest]);
  await deploy(engine, newest);
  const afterPipeline = await overtaking(engine, [old, oldBranch, newer, newest]);
  const again = await made(engine, { name: 'cart', branch: 'trunk', move: 10 });

  expect(before).toEqual([null, null, null]);
  expect(afterBranch).toEqual(['cart r12', 'cart r12', 'cart r12', null, null, null]);
  expect(afterPipeline).toEqual(['web r13', 'web r13', 'web r13', null]);
  expect(await overtaking(engine, [again])).toEqual([null]);
});

test('a retry is as old as the run that it goes on with, also as the retry of a retry; a rerun is new', async () => {
  await using engine = await startEngine();
  const old = await made(engine, { name: 'cart', branch: 'trunk', move: 10 });
  const newer = await made(engine, { name: 'cart', branch: 'trunk', move: 11 });
  await deploy(engine, newer);
  await fail(engine, old.runId);

  const retry = await repeat(engine, retryRun, old.runId);
  await fail(engine, retry.runId);
  const again = await repeat(engine, retryRun, retry.runId);
  const rerun = await repeat(engine, (tx, wish) => rerunRun(tx, { ...wish, findPipeline }), old.runId);

  expect(await overtaking(engine, [retry, again, rerun])).toEqual(['cart r11', 'cart r11', null]);
});

test('what another run has started late, or GitLab has told of late, deploys over nothing newer', async () => {
  await using engine = await startEngine();
  const slow = await made(engine, { name: 'build', branch: 'trunk', move: 10 });
  const quick = await made(engine, { name: 'build', branch: 'trunk', move: 11 });
  const newer = await made(engine, { name: 'live', branch: 'trunk', move: 11 }, { upstreamId: quick.runId });
  await deploy(engine, newer);

  const place = { name: 'live', branch: 'trunk', move: 10 };
  const late = await made(engine, place, { trigger: 'pipeline', upstreamId: slow.runId });
  const told = await made(engine, place, { trigger: 'gitlab-pipeline' });
  const asked = await made(engine, place, { trigger: 'api' });

  expect(await overtaking(engine, [late, told, asked])).toEqual(['live r11', 'live r11', null]);
});

function findPipeline(name: string) {
  return { name, source: '', pipeline: { ...pipelineOf({ id: 'ship', kind: 'deploy' }), name } };
}

async function repeat(engine: TestEngine, act: typeof retryRun, runId: string): Promise<Made> {
  const made = await engine.db.transaction().execute((tx) => act(tx, { runId, by: 'bob' }));
  if ('refused' in made) throw new Error(made.refused);
  return { ...made, branch: 'trunk', move: 10 };
}

async function fail(engine: TestEngine, runId: string): Promise<void> {
  await requestCancel(engine.db, { runId, by: 'bob', rollout: 'leave' });
}

type TestEngine = Awaited<ReturnType<typeof startEngine>>;

interface Made {
  runId: string;
  branch: string;
  move: number;
}

async function made(
  engine: TestEngine,
  {
    name,
    branch,
    move,
    repository = 'shop',
  }: { name: string; branch: string; move: number; repository?: string },
  more: Partial<RunRequest> = {},
): Promise<Made> {
  const pipeline = { ...pipelineOf({ id: 'ship', kind: 'deploy' }), name };
  const runId = await engine.createRun(pipeline, {
    ...{ branch, move, revision: `${move}`, repository },
    ...more,
  });
  return { runId, branch, move };
}

/** Up to a healthy rollout. */
async function deploy(engine: TestEngine, { runId, branch, move }: Made): Promise<void> {
  const admission = await engine.admit(runId);
  if (admission.kind !== 'admitted') throw new Error(`the run is ${admission.kind}`);
  const deployment = { ...deploymentOf('ship'), deployId: runId, branch, move, revision: `${move}` };
  await claimTargets(engine.db, admission.lease, deployment);
  const end = { outcome: 'succeeded', cause: null } as const;
  await updateDeployment(engine.db, admission.lease, { deployId: runId, end });
}

/** What stands in the way of each run. */
async function overtaking(engine: TestEngine, runs: Made[]): Promise<(string | null)[]> {
  const found = runs.map(({ runId }) => findOvertaking(engine.db, runId, ['test/shop/deployment/cart']));
  return (await Promise.all(found))
    .map((newer) => newer && `${newer.pipeline} r${newer.revision}`)
    .map((text) => text ?? null);
}

function deploymentOf(stepId: string) {
  return {
    deployId: `deploy-${stepId}`,
    stepId,
    environment: 'staging',
    repository: 'shop',
    branch: 'trunk',
    move: 7,
    revision: '7',
    workloads: [{ target: 'test/shop/deployment/cart', images: {} }],
    manifests: [],
  };
}
