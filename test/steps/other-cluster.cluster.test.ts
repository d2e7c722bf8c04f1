import { expect, test } from 'vitest';
import { acceptCluster } from '../../src/store/environment-clusters.ts';
import { startDeploys } from './deploy-under-test.ts';
import { manifest } from './deployables.ts';

const elsewhere = '00000000-0000-4000-8000-000000000000';
const files = { 'deploy/cart.yaml': manifest({ spec: { replicas: 0 }, container: { image: 'none:1' } }) };

test('an environment that leads to another cluster than before is not deployed to until that one is accepted', async () => {
  await using deploys = await startDeploys();
  const { metadata } = JSON.parse(await deploys.kubectl('get', 'namespace', 'kube-system', '-o', 'json'));
  await acceptCluster(deploys.db, { environment: 'staging', found: elsewhere });
  const deploy = async (move: number) => {
    const run = await deploys.run({ move });
    const result = await run.deploy({ files });
    await run.end();
    return result;
  };

  expect(await deploy(1)).toEqual({
    outcome: 'failed',
    reason: expect.stringMatching(
      `^the environment staging leads to the cluster ${metadata.uid}, and since .* it was ${elsewhere}: nothing was written; .* or accept the other one by "cluster-id: ${metadata.uid}" under environments.staging`,
    ),
  });
  expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('');

  deploys.environment.clusterId = metadata.uid;
  expect(await deploy(2)).toMatchObject({ outcome: 'succeeded' });
  // What was accepted stays, also without the key.
  deploys.environment.clusterId = null;
  expect(await deploy(3)).toMatchObject({ outcome: 'succeeded' });

  deploys.environment.clusterId = elsewhere;
  expect(await deploy(4)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining(`by its cluster-id it is ${elsewhere}: nothing was written`),
  });
});
