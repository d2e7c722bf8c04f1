import { expect, test } from 'vitest';
import { claimTargets } from '../../src/store/deployments.ts';
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
