import { expect, test } from 'vitest';
import { startDeploys } from './deploy-under-test.ts';
import { cart, manifest, programs, reference } from './deployables.ts';

const onlyImages = {
  manifests: [],
  workload: { kind: 'deployment', name: 'cart', images: { api: 'image' } },
};

test('only the images of a workload that others made can be changed, back and forth', async () => {
  await using deploys = await startDeploys();
  const [first, bad, second] = [
    await deploys.image(programs.serve),
    await deploys.image(programs.crash),
    await deploys.image(programs.serve),
  ];
  await deploys.apply(
    manifest({ container: { image: reference(first), env: [{ name: 'COLOR', value: 'blue' }] } }),
  );
  await deploys.kubectl('rollout', 'status', 'deployment/cart', '--timeout=60s');
  const before = await deploys.workload('cart');

  const failing = await deploys.run({ move: 1 });
  const failed = await failing.deploy({ step: onlyImages, pushes: { push: bad } });
  await failing.end();
  const restored = await deploys.workload('cart');
  const next = await deploys.run({ move: 2 });
  const result = await next.deploy({ step: onlyImages, pushes: { push: second } });

  expect(failed).toMatchObject({
    reason: expect.stringMatching(/rolled back to the state before this deployment$/),
  });
  expect(restored.spec.template).toEqual(before.spec.template);
  expect(result).toMatchObject({ outcome: 'succeeded', output: { images: [reference(second)] } });
  const after = await deploys.workload('cart');
  expect(after.spec.template.spec.containers[0]).toMatchObject({
    image: reference(second),
    env: [{ name: 'COLOR', value: 'blue' }],
  });
  expect(after.metadata.annotations).not.toHaveProperty(['trunkline/rolled-back-from']);
});

test('what is an error to the lints of a step keeps it from deploying anything', async () => {
  await using deploys = await startDeploys();
  const image = await deploys.image(programs.serve);
  const step = {
    lints: { 'no-readiness-probe': 'error' as const, 'no-memory-limit': { accepted: 'small' } },
  };

  const run = await deploys.run({ move: 1 });
  const result = await run.deploy({ step, files: cart(), pushes: { push: image } });

  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^an error to the step's lints: deployment\/cart: container api has no readinessProbe: .*\[no-readiness-probe\]$/,
    ),
  });
  expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('');
});

test('the values of a Secret are applied and never stored', async () => {
  await using deploys = await startDeploys();
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { key: hunter2 }\n';
  const image = await deploys.image('echo "the key is hunter2"; exit 1');

  const run = await deploys.run({ move: 1 });
  const result = await run.deploy({
    files: { 'deploy/keys.yaml': secret, ...cart() },
    pushes: { push: image },
  });

  expect(result).toMatchObject({ reason: expect.stringContaining('last line: the key is [masked]') });
  const applied = await deploys.workload('keys', 'secret');
  expect(applied.data.key).toBe(Buffer.from('hunter2').toString('base64'));
  const row = await deploys.deployment(1);
  const stored = JSON.stringify([row, await deploys.db.selectFrom('step').select('journal').execute()]);
  expect(stored).not.toContain('hunter2');
  expect(stored).not.toContain(applied.data.key);
});

test.for([
  {
    what: 'an unknown environment',
    step: { environment: 'stagin' },
    reason: 'the server knows no environment "stagin"; did you mean \'staging\'?',
  },
  {
    what: 'a pattern without files',
    step: { manifests: ['k8s/*.yaml'] },
    files: cart(),
    reason: 'no file below source.path matches the manifests "k8s/*.yaml"',
  },
  {
    what: 'a workload that is not there',
    step: onlyImages,
    reason: expect.stringMatching(/^deployment\/cart does not exist in the namespace /),
  },
  {
    what: 'a kind of the whole cluster',
    files: {
      'deploy/role.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }',
      ...cart(),
    },
    reason:
      "namespace/x: a Namespace belongs to the whole cluster, and this environment is one namespace of it: ask the cluster's operators to make it",
  },
  {
    what: 'a kind that the cluster does not know',
    files: {
      'deploy/a.yaml': 'apiVersion: example.com/v1\nkind: Cart\nmetadata: { name: x }',
      ...cart(),
    },
    reason:
      'cart/x: this cluster knows no Cart of example.com/v1; is its CustomResourceDefinition (of example.com) installed there?',
  },
  {
    what: 'a kind in a version that the cluster does not have',
    files: {
      'deploy/a.yaml': 'apiVersion: policy/v3\nkind: PodDisruptionBudget\nmetadata: { name: x }',
      ...cart(),
    },
    reason: expect.stringMatching(
      /^poddisruptionbudget\/x: this cluster knows no PodDisruptionBudget of policy\/v3; it has it as policy\/v1/,
    ),
  },
  {
    what: 'manifests without a workload',
    files: { 'deploy/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }' },
    reason: expect.stringContaining('there is nothing to roll out'),
  },
])('$what is refused, and nothing is written', async ({ step, files, reason }) => {
  await using deploys = await startDeploys();

  const run = await deploys.run({ move: 1 });
  const result = await run.deploy({ files: files ?? {}, ...(step && { step }) });

  expect(result).toEqual({ outcome: 'failed', reason });
  expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('');
  expect(await deploys.db.selectFrom('deployment').select('id').execute()).toEqual([]);
});
