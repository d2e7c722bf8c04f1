import { expect, test } from 'vitest';
import { deployed, startDeploys } from './deploy-under-test.ts';
import { cart, programs, reference } from './deployables.ts';

const undo = { id: 'back', manifests: [], undoes: 'deploy' };

test('a run that fails later on takes back what it has rolled out, once, unless somebody has deployed since', async () => {
  await using deploys = await startDeploys();
  const { image: good } = await deployed(deploys, 1);
  const run = await deploys.run({ move: 2, others: ['back'] });
  const image = await deploys.image(programs.serve);

  const early = await run.deploy({ step: undo });
  await run.deploy({ files: cart(), pushes: { push: image } });
  await run.endStep('deploy');
  const back = await run.deploy({ step: undo });
  await run.end();
  const live = await deploys.workload('cart');

  expect(early).toMatchObject({
    outcome: 'succeeded',
    note: 'nothing to put back: deploy has deployed nothing that stayed',
  });
  expect(back).toMatchObject({
    outcome: 'succeeded',
    note: expect.stringMatching(/^rolled back to r1 \(cart #1\)/),
  });
  expect(live.spec.template.spec.containers[0].image).toBe(reference(good));

  const overtaken = await deploys.run({ move: 3, others: ['back'] });
  await overtaken.deploy({ files: cart(), pushes: { push: image } });
  await overtaken.endStep('deploy');
  await deployed(deploys, 4);
  expect(await overtaken.deploy({ step: undo })).toMatchObject({ outcome: 'superseded' });
});
