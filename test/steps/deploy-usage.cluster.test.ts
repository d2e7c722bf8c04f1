import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('a rollout tells what a pod took before and what one takes now, where the kubelet has measured it', async () => {
  await using deploys = await startDeploys();
  const deploy = async (move: number) => {
    const image = await deploys.image(programs.serve);
    const run = await deploys.run({ move });
    const log: string[] = [];
    const result = await run.deploy({ step: { soakMs: 200 }, files: cart(), pushes: { push: image }, log });
    await run.end();
    return { result, log };
  };
  const first = await deploy(1);
  const of = { workloads: ['deployment/cart'], deployIds: null };
  const look = async () => (await deploys.cluster.usage?.read(of, new AbortController().signal)) ?? undefined;
  const measured = await waitFor(look, { what: 'the kubelet to measure the pod', deadlineMs: 60_000 });

  const second = await deploy(2);

  expect(first.result).toMatchObject({ outcome: 'succeeded' });
  expect(measured.usage).toMatchObject({ pods: 1, source: 'cadvisor' });
  expect(second.result).toMatchObject({ output: { usage: { before: { pods: 1, source: 'cadvisor' } } } });
  expect(second.log).toContainEqual(
    expect.stringMatching(/^each pod takes: cpu \d+m before, .* memory \d+\.\dMi before/),
  );
});
