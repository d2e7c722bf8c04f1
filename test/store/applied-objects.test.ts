import { expect, test } from 'vitest';
import type { RunRequest } from '../../src/runs/create-run.ts';
import { earlierSetsOf, forgetLeftovers } from '../../src/store/applied-objects.ts';
import { claimTargets, updateDeployment } from '../../src/store/deployments.ts';
import { pipelineOf, startEngine } from '../runs/engine-under-test.ts';

const place = { pipeline: 'cart', environment: 'staging', stepId: 'ship', except: 'new' };

test('earlier sets are those of the same step, and of rollbacks of its workloads, and of nobody else', async () => {
  await using engine = await startEngine();
  await deploy(engine, { deployId: 'own' });
  await deploy(engine, { deployId: 'another step', stepId: 'web', target: 'place/deployment/web' });
  await deploy(engine, { deployId: 'elsewhere', environment: 'live', target: 'live/deployment/cart' });
  await deploy(engine, { deployId: 'another pipeline', pipeline: 'web', target: 'place/deployment/x' });
  await deploy(engine, { deployId: 'rollback', stepId: 'rollback', trigger: 'rollback' });
  await deploy(engine, {
    ...{ deployId: 'rollback of another step', stepId: 'rollback', trigger: 'rollback' },
    target: 'place/deployment/web',
  });

  const sets = await earlierSetsOf(engine.db, place);

  expect(sets.map(({ deployId }) => deployId)).toEqual(['rollback', 'own']);
  expect(sets[0]).toEqual({ deployId: 'rollback', isHealthy: true, objects: [objectOf('rollback')] });
  expect(await earlierSetsOf(engine.db, { ...place, except: 'own' })).toHaveLength(1);
});

test('what was looked through is forgotten, but for the set that runs now', async () => {
  await using engine = await startEngine();
  await deploy(engine, { deployId: 'old' });
  const lease = await deploy(engine, { deployId: 'new' });

  await forgetLeftovers(engine.db, lease, place);

  expect(await earlierSetsOf(engine.db, place)).toEqual([]);
  expect(await earlierSetsOf(engine.db, { ...place, except: 'next' })).toMatchObject([{ deployId: 'new' }]);
});

interface Deployed {
  deployId: string;
  pipeline?: string;
  stepId?: string;
  environment?: string;
  target?: string;
  trigger?: RunRequest['trigger'];
}

/** Up to a healthy rollout of one object that is named like it. */
async function deploy(engine: Awaited<ReturnType<typeof startEngine>>, deployed: Deployed) {
  const { deployId, pipeline = 'cart', stepId = 'ship', trigger = 'commit' } = deployed;
  const definition = { ...pipelineOf({ id: stepId, kind: 'deploy' }), name: pipeline };
  const admission = await engine.admit(
    await engine.createRun(definition, { trigger, branch: deployId, identity: null }),
  );
  if (admission.kind !== 'admitted') throw new Error(`the run is ${admission.kind}`);
  await claimTargets(engine.db, admission.lease, {
    ...{ deployId, stepId, environment: deployed.environment ?? 'staging', manifests: [] },
    ...{ repository: 'shop', branch: 'trunk', move: 7, revision: '7' },
    workloads: [{ target: deployed.target ?? 'place/deployment/cart', images: {} }],
  });
  await updateDeployment(engine.db, admission.lease, { deployId, appliedObjects: [objectOf(deployId)] });
  const end = { outcome: 'succeeded', cause: null } as const;
  await updateDeployment(engine.db, admission.lease, { deployId, end });
  return admission.lease;
}

function objectOf(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: `uid of ${name}` };
}
