import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { type DeploysUnderTest, startDeploys } from './deploy-under-test.ts';
import { cart, programs } from './deployables.ts';

test('configuration named by its content rolls the pods with each change, comes back with a rollback, and goes when no version needs it, of ours or of the cluster', async () => {
  await using deploys = await startDeploys();
  const [good, bad] = [await deploys.image(programs.serve), await deploys.image(programs.crash)];
  const deploy = async (move: number, colour: string, push = good) => {
    const run = await deploys.run({ move });
    const result = await run.deploy({ files: filesWith(colour), pushes: { push } });
    await run.end();
    const { spec } = await deploys.workload('cart');
    const [{ configMapRef }, { secretRef }] = spec.template.spec.containers[0].envFrom;
    return { result, refers: [configMapRef.name, secretRef.name] };
  };
  const named = async () => {
    const names = await deploys.kubectl('get', 'configmaps,secrets', '-o', 'name');
    return names
      .split('\n')
      .filter((name) => name.includes('/cart-'))
      .map((name) => name.split('/')[1]);
  };

  const red = await deploy(1, 'red');
  const blue = await deploy(2, 'blue', bad);
  const afterBlue = await named();
  const green = await deploy(3, 'green');
  const afterGreen = await named();
  // As the cluster does, once there are more of them than `revisionHistoryLimit`.
  await deploys.kubectl('delete', ...(await replicaSetsOf(deploys, afterBlue, red.refers)));
  const isRead = async (name = '') =>
    (await deploys.kubectl('get', 'pods', '-o', 'json')).includes(`"${name}"`);
  const doomed = afterBlue.find((name) => name !== undefined && !red.refers.includes(name));
  await waitFor(async () => !(await isRead(doomed)), {
    what: 'the pods of that version to be gone',
    deadlineMs: 120_000,
  });
  const yellow = await deploy(4, 'yellow');

  expect(red.result).toMatchObject({ outcome: 'succeeded' });
  expect(blue.result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/rolled back to r1$/),
  });
  expect(blue.refers).toEqual(red.refers);
  expect(afterBlue).toHaveLength(4);
  expect(green.refers).not.toEqual(red.refers);
  expect(green.result).toMatchObject({ outcome: 'succeeded' });
  expect(afterGreen).toHaveLength(6);
  expect(yellow.result).toMatchObject({
    outcome: 'succeeded',
    note: expect.stringMatching(/^pruned configmap\/cart-[0-9a-f]{10}, secret\/cart-[0-9a-f]{10}$/),
  });
  expect((await named()).sort()).toEqual([...red.refers, ...green.refers, ...yellow.refers].sort());
  const [pod] = await deploys.podsByName();
  const env = await deploys.kubectl('exec', pod.metadata.name, '--', '/bin/sh', '-c', 'echo $COLOUR $SHADE');
  expect(env.trim()).toBe('yellow dark-yellow');
});

/** Those that read configuration other than that of the version which was rolled back to. */
async function replicaSetsOf(
  { kubectl }: Pick<DeploysUnderTest, 'kubectl'>,
  names: (string | undefined)[],
  kept: string[],
): Promise<string[]> {
  const { items } = JSON.parse(await kubectl('get', 'replicasets', '-o', 'json'));
  const doomed = names.filter((name) => name !== undefined && !kept.includes(name));
  const found = (items as { metadata: { name: string } }[]).filter((item) =>
    doomed.some((name) => JSON.stringify(item).includes(`"${name}"`)),
  );
  return found.map(({ metadata }) => `replicaset/${metadata.name}`);
}

function filesWith(colour: string): Record<string, string> {
  const metadata = { name: 'cart', annotations: { 'trunkline/content-name': 'true' } };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { COLOUR: colour } };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { SHADE: `dark-${colour}` } };
  const envFrom = [{ configMapRef: { name: 'cart' } }, { secretRef: { name: 'cart' } }];
  return {
    ...cart({ container: { envFrom } }),
    'deploy/map.yaml': JSON.stringify(map),
    'deploy/secret.yaml': JSON.stringify(secret),
  };
}
