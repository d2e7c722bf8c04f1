import { expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('a rollout tells what a pod took before and what one takes now, where the kubelet has measured it', async () => {
  await using deploys = await startDeploys();
  const deploy = async (move: number, soakMs: number) => {
    const image = await deploys.image(programs.serve);
    const run = await deploys.run({ move });
    const log: string[] = [];
    const result = await run.deploy({ step: { soakMs }, files: cart(), pushes: { push: image }, log });
    await run.end();
    return { result, log };
  };
  // A kubelet measures about every ten seconds.
  const first = await deploy(1, 20_000);

  const second = await deploy(2, 0);

  expect(first.result).toMatchObject({
    outcome: 'succeeded',
    output: { usage: { before: null, after: { pods: 1, source: 'cadvisor' } } },
  });
  expect(second.result).toMatchObject({ output: { usage: { before: { pods: 1, source: 'cadvisor' } } } });
  expect(second.log).toContainEqual(
    expect.stringMatching(/^each pod takes: cpu \d+m before, .* memory \d+\.\dMi before/),
  );
});
