import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHere } from './run-here.ts';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  annotations: { trunkline/accepted-warnings: 'moving-image: the digest is put in' }
spec:
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec:
      containers:
        - { name: api, image: shop/cart, resources: { limits: { memory: 64Mi } } }
`;

test('manifests are looked at without a server and without a cluster', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, deployment);

  const told = await runHere(['lint', '--manifests', file]);
  const json = await runHere(['lint', '--manifests', '--json', file]);

  expect(told).toMatchObject({ exitCode: 0, stderr: '' });
  expect(told.stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^warning: deployment\/cart: container api has no readinessProbe: .*\[no-readiness-probe\]$/,
    ),
    'accepted: deployment/cart: moving-image, because: the digest is put in',
    '1 warning',
    '',
  ]);
  expect(JSON.parse(json.stdout).lines).toMatchObject([{ level: 'warning' }, { level: 'accepted' }]);
});

test('what is no manifest is refused with its place; so is a call that names none', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'cart.yaml');
  await writeFile(file, 'kind: Deployment\nspec: {}\n');

  const broken = await runHere(['lint', '--manifests', file]);
  const none = await runHere(['lint', '--manifests']);
  const absent = await runHere(['lint', '--manifests', join(folder.path, 'no.yaml')]);

  expect([broken.exitCode, none.exitCode, absent.exitCode]).toEqual([1, 2, 2]);
  expect(absent.stderr).toContain('no.yaml cannot be read.');
  expect(broken.stderr).toContain(file);
  expect(none.stderr).toContain('No manifests are named.');
});
