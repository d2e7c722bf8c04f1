import { expect, test } from 'vitest';
import { claimTargets, updateDeployment } from '../../src/store/deployments.ts';
import { findFailedBefore } from '../../src/store/quarantine.ts';
import type { RunTrigger } from '../../src/store/schema.ts';
import { pipelineOf, startEngine } from '../runs/engine-under-test.ts';

const target = 'test/shop/deployment/cart';
const digest = (letter: string) => `registry.example.com/shop/cart@sha256:${letter.repeat(64)}`;
const bad = { api: digest('a') };

test('what has failed on a target is not rolled out there again at its revision, but a newer one and a retry are', async () => {
  await using engine = await startEngine();
  await deployed(engine, { move: 7, images: bad, outcome: 'failed' });

  const asked = {
    same: await failedBefore(engine, { move: 7 }),
    older: await failedBefore(engine, { move: 6 }),
    promoted: await failedBefore(engine, { move: 7, trigger: 'promotion' }),
    newer: await failedBefore(engine, { move: 8 }),
    otherBranch: await failedBefore(engine, { move: 7, branch: 'branches/a' }),
    otherImages: await failedBefore(engine, { move: 7, images: { api: digest('b') } }),
    retried: await failedBefore(engine, { move: 7, trigger: 'retry' }),
  };

  const failed = { revision: '7', pipeline: 'cart', number: 1, cause: 'it crashed' };
  expect(asked).toMatchObject({ same: failed, older: failed, promoted: failed });
  expect([asked.newer, asked.otherBranch, asked.otherImages, asked.retried]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});

test('what was healthy after its failure is free again', async () => {
  await using engine = await startEngine();
  await deployed(engine, { move: 7, images: bad, outcome: 'failed' });
  await deployed(engine, { move: 7, images: bad, outcome: 'succeeded' });

  expect(await failedBefore(engine, { move: 7 })).toBeUndefined();
});

test('what the cluster refused to take has not failed: nothing of it ever ran', async () => {
  await using engine = await startEngine();
  await deployed(engine, { move: 7, images: bad, outcome: 'failed', isRefused: true });

  expect(await failedBefore(engine, { move: 7 })).toBeUndefined();
});

type TestEngine = Awaited<ReturnType<typeof startEngine>>;

interface Wanted {
  move: number;
  images?: Record<string, string>;
  branch?: string;
  trigger?: RunTrigger;
}

/** What is found when a run wants to roll these images out. */
async function failedBefore(engine: TestEngine, { images = bad, ...wanted }: Wanted) {
  const runId = await makeRun(engine, wanted);
  return findFailedBefore(engine.db, runId, [{ target, images }]);
}

async function makeRun(engine: TestEngine, { move, branch = 'trunk', trigger = 'commit' }: Wanted) {
  const pipeline = { ...pipelineOf({ id: 'ship', kind: 'deploy' }), name: 'cart' };
  const runId = await engine.createRun(pipeline, { branch, move, revision: `${move}` });
  await engine.db.updateTable('run').set({ trigger }).where('id', '=', runId).execute();
  return runId;
}

async function deployed(
  engine: TestEngine,
  {
    move,
    images,
    outcome,
    isRefused = false,
  }: {
    move: number;
    images: Record<string, string>;
    outcome: 'failed' | 'succeeded';
    isRefused?: boolean;
  },
): Promise<void> {
  const runId = await makeRun(engine, { move });
  const admission = await engine.admit(runId);
  if (admission.kind !== 'admitted') throw new Error(`the run is ${admission.kind}`);
  const { lease } = admission;
  await claimTargets(engine.db, lease, {
    ...{ deployId: runId, stepId: 'ship', environment: 'staging', repository: 'shop', branch: 'trunk' },
    ...{ move, revision: `${move}`, workloads: [{ target, images }], manifests: [] },
  });
  await updateDeployment(engine.db, lease, {
    deployId: runId,
    ...(outcome === 'failed' && !isRefused && { evidence: { headline: 'it crashed' } }),
    end: { outcome, cause: outcome === 'failed' ? 'it crashed' : null },
  });
  await engine.db
    .updateTable('run')
    .set({ state: 'ended', outcome, ended_at: new Date() })
    .where('id', '=', runId)
    .execute();
}
