import { expect, test } from 'vitest';
import { type DeploysUnderTest, startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('a prune deletes what the set no longer has, says so before, leaves what others took, and a rollback brings it back', async () => {
  await using deploys = await startDeploys();
  const push = await deploys.image(programs.serve);
  const step = { prune: { mayShrink: false } };
  const configs = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [`deploy/${name}.yaml`, configMap(name)]));
  const deploy = async (move: number, files: Record<string, string>) => {
    const log: string[] = [];
    const run = await deploys.run({ move });
    const result = await run.deploy({ files: { ...cart(), ...files }, pushes: { push }, step, log });
    return { result, log };
  };
  await deploy(1, configs('kept', 'old', 'taken', 'more'));
  await deploys.kubectl('annotate', 'configmap', 'taken', 'trunkline/deploy-id=theirs', '--overwrite');

  const refused = await deploy(2, {});
  const afterRefusal = await configMapsOf(deploys);
  const pruned = await deploy(3, configs('kept', 'more'));
  const afterPrune = await configMapsOf(deploys);
  const first = await deploys.deployment(1);
  const back = await deploys.run({ move: 4 });
  await back.deploy({ step: { manifests: [], restore: { deployId: first.deploy_id, label: 'r1' } } });

  expect(refused.result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('prune would delete 3 of what was deployed (the last set has 5 objects)'),
  });
  expect(afterRefusal).toEqual(['kept', 'more', 'old', 'taken']);
  expect(pruned.result).toMatchObject({ outcome: 'succeeded', note: 'pruned configmap/old' });
  expect(pruned.log.indexOf('will prune configmap/old once the rollout is healthy')).toBeLessThan(
    pruned.log.indexOf('applied deployment/cart'),
  );
  expect(pruned.log).toContain('pruned configmap/old');
  expect(pruned.log).toContain('configmap/taken is left: another deployment has written it since');
  expect(afterPrune).toEqual(['kept', 'more', 'taken']);
  expect(await configMapsOf(deploys)).toEqual(['kept', 'more', 'old', 'taken']);
});

function configMap(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });
}

async function configMapsOf(deploys: DeploysUnderTest): Promise<string[]> {
  const list = JSON.parse(await deploys.kubectl('get', 'configmap', '-o', 'json'));
  const names: string[] = list.items.map((item: { metadata: { name: string } }) => item.metadata.name);
  return names.filter((name) => name !== 'kube-root-ca.crt').sort();
}
