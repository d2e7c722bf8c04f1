import { expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('images that failed in an environment are not deployed there again at the same revision', async () => {
  await using deploys = await startDeploys({ budgets: { crashes: 1 } });
  const image = await deploys.image(programs.crash);
  const deploy = async (move: number) => {
    const run = await deploys.run({ move });
    const result = await run.deploy({ files: cart(), pushes: { push: image } });
    await run.end();
    return result;
  };

  const failed = await deploy(1);
  const again = await deploy(1);
  const newer = await deploy(2);

  expect(failed.outcome).toBe('failed');
  expect(again).toEqual({
    outcome: 'rejected',
    reason:
      'these images of deployment/cart have failed in staging already, with r1 (cart #1); a newer revision is deployed, or these after "trunkline retry cart#2"',
  });
  expect(newer.outcome).toBe('failed');
});
