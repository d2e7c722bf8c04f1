import { expect, test } from 'vitest';
import { claimTargets, updateDeployment } from '../../src/store/deployments.ts';
import { replacePlan } from '../../src/store/replace-plan.ts';
import { storedRun } from '../logs/stored-run.ts';

test('a plan that was made again replaces the one that the targets were taken with, until the deployment has ended', async () => {
  await using run = await storedRun();
  const { db } = run.store;
  const deployment = {
    ...{ deployId: 'd1', stepId: 'deploy', environment: 'staging', repository: 'shop', branch: 'trunk' },
    ...{ move: 1, revision: '1', manifests: [{ kind: 'Deployment', colour: 'blue' }] },
    workloads: [{ target: 'k/shop/deployment/cart', images: { api: 'cart:1' } }],
  };
  const again = {
    ...{ deployId: 'd1', manifests: [{ kind: 'Deployment', colour: 'green' }] },
    workloads: [{ target: 'k/shop/deployment/cart', images: { api: 'cart:2' } }],
  };
  const record = () => db.selectFrom('deployment').select(['manifests', 'images']).executeTakeFirstOrThrow();

  await claimTargets(db, run.lease, deployment);
  await replacePlan(db, run.lease, again);
  const replaced = await record();
  await updateDeployment(db, run.lease, { deployId: 'd1', end: { outcome: 'succeeded', cause: null } });
  await replacePlan(db, run.lease, deployment);

  expect(replaced).toEqual({ manifests: again.manifests, images: { api: 'cart:2' } });
  expect(await record()).toEqual(replaced);
});
