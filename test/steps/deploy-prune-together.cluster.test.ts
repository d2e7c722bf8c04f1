import { expect, test } from 'vitest';
import type { DeployStep, StepDefinition } from '../../src/domain/pipeline.ts';
import { startDeploys } from './deploy-under-test.ts';
import { manifest, programs } from './deployables.ts';

test('what moves from one pruning step to a later one of the run is never deleted; what neither has any more is, by the last', async () => {
  await using deploys = await startDeploys();
  const push = await deploys.image(programs.serve);
  const step = (id: string): Partial<DeployStep> => ({
    ...{ id, manifests: [`${id}/*.yaml`], prune: { mayShrink: true } },
  });
  const roll = async (move: number, files: Record<string, string>) => {
    const run = await deploys.run({ move, others: ['web'] });
    const steps = ['deploy', 'web'].map((id) => ({
      kind: 'deploy',
      environment: 'staging',
      workload: null,
      ...step(id),
    }));
    const results = [];
    for (const id of ['deploy', 'web']) {
      const request = { step: step(id), files, pushes: { push }, steps: steps as StepDefinition[] };
      results.push(await run.deploy(request));
      await run.endStep(id);
    }
    return results;
  };
  const workloads = {
    'deploy/cart.yaml': manifest(),
    'web/web.yaml': manifest({ name: 'web' }),
  };
  const uidOf = (name: string) => deploys.kubectl('get', 'configmap', name, '-o', 'jsonpath={.metadata.uid}');

  await roll(1, { ...workloads, 'deploy/moving.yaml': map('moving'), 'deploy/old.yaml': map('old') });
  const before = await uidOf('moving');
  const [first, last] = await roll(2, { ...workloads, 'web/moving.yaml': map('moving') });

  expect(first).toMatchObject({ outcome: 'succeeded' });
  expect(first).not.toHaveProperty('note');
  expect(last).toMatchObject({ outcome: 'succeeded', note: 'pruned configmap/old' });
  expect(await uidOf('moving')).toBe(before);
  expect(await deploys.kubectl('get', 'configmap', 'old', '--ignore-not-found')).toBe('');
});

test('steps that become healthy side by side prune too, although neither has ended when the other looks', async () => {
  await using deploys = await startDeploys();
  const push = await deploys.image(programs.serve);
  const stepOf = (id: string): Partial<DeployStep> => ({
    ...{ id, manifests: [`${id}/*.yaml`], prune: { mayShrink: true } },
  });
  const steps = ['deploy', 'web'].map((id) => ({
    kind: 'deploy',
    environment: 'staging',
    workload: null,
    ...stepOf(id),
  }));
  const files = { 'deploy/cart.yaml': manifest(), 'web/web.yaml': manifest({ name: 'web' }) };
  const first = await deploys.run({ move: 1, others: ['web'] });
  const second = await deploys.run({ move: 2, others: ['web'] });
  const roll = async (run: typeof first, all: Record<string, string>) => {
    const lease = await run.lease();
    const request = { files: all, pushes: { push }, steps: steps as StepDefinition[], lease };
    const results = await Promise.all(
      ['deploy', 'web'].map((id) => run.deploy({ ...request, step: stepOf(id) })),
    );
    await run.end();
    return results;
  };

  await roll(first, { ...files, 'deploy/old.yaml': map('old') });
  const results = await roll(second, files);

  expect(results.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
  expect(JSON.stringify(results)).toContain('pruned configmap/old');
  expect(await deploys.kubectl('get', 'configmap', 'old', '--ignore-not-found')).toBe('');
});

function map(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
}
