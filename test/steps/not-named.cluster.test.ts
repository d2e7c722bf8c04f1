import { expect, test } from 'vitest';
import type { StepDefinition } from '../../src/domain/pipeline.ts';
import { deployStep } from './deploy-request.ts';
import { startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('a deploy says which of the built images its manifests leave out for others, and a rollback says nothing of it', async () => {
  await using deploys = await startDeploys();
  const push = await deploys.image(programs.serve);
  const migration = { ...(await deploys.image(programs.serve, 'shop/migration')), image: 'migration' };
  const worker = { kind: 'deployment', name: 'worker', images: { worker: 'migration' } } as const;
  const steps: StepDefinition[] = [
    deployStep,
    { ...deployStep, id: 'worker', manifests: [], workload: worker },
  ];
  const log: string[] = [];
  const back: string[] = [];

  const first = await deploys.run({ move: 1 });
  const result = await first.deploy({ files: cart(), pushes: { push, migration }, steps, log });
  expect(result).toMatchObject({ outcome: 'succeeded' });
  await first.end();
  const { deploy_id: deployId } = await deploys.deployment(1);
  const restore = { deployId, label: 'r1' };
  await (await deploys.run({ move: 2 })).deploy({
    step: { manifests: [], restore },
    pushes: { push, migration },
    steps,
    log: back,
  });

  expect(log.filter((line) => line.includes('not deployed by this step'))).toEqual([
    'image shop/migration of step migration is not named in these manifests: not deployed by this step',
  ]);
  expect(back.filter((line) => line.includes('not deployed by this step'))).toEqual([]);
});
