import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { renderManifests } from '../../src/clusters/kubernetes/render.ts';
import { renderKustomization } from '../../src/steps/deploy/kustomize.ts';
import { hashManifests } from '../../src/steps/deploy/manifest-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { manifest } from './deployables.ts';

const base = {
  'base/kustomization.yaml':
    'resources: [cart.yaml]\nconfigMapGenerator: [{ name: settings, files: [a.ini] }]\n',
  'base/cart.yaml': manifest(),
  'base/a.ini': 'color=red\n',
};
const overlay = {
  ...base,
  'overlays/staging/kustomization.yaml':
    'resources: [../../base]\nnamePrefix: staging-\npatches: [{ path: patch.yaml }]\n',
  'overlays/staging/patch.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart }\nspec: { replicas: 3 }\n',
};

/** The words that every kubectl since 1.14 knows: Debian's is of 2021. */
const olderWords = 'bases: [../../base]\nnamePrefix: staging-\npatchesStrategicMerge: [patch.yaml]\n';

test('an overlay is rendered with its base, and gets the pushed digests as manifests do', async () => {
  await using tree = await treeOf({ ...overlay, 'overlays/staging/kustomization.yaml': olderWords });

  const files = await render(tree.path, 'overlays/staging');
  if ('refusal' in files) throw new Error(files.refusal);
  const objects = renderManifests(
    {
      ...{ deployId: 'd1', pipeline: 'cart', requireDigests: true, changeCause: 'test' },
      source: { kind: 'manifests', files },
      images: [
        { step: 'image', name: 'shop/cart', reference: `registry.test/shop/cart@sha256:${'1'.repeat(64)}` },
      ],
    },
    'shop',
  );

  expect(objects).toMatchObject([
    { kind: 'ConfigMap', metadata: { name: expect.stringMatching(/^staging-settings-/) } },
    {
      kind: 'Deployment',
      metadata: { name: 'staging-cart' },
      spec: {
        replicas: 3,
        template: { spec: { containers: [{ image: expect.stringContaining('@sha256:111') }] } },
      },
    },
  ]);
});

test('what an approval is for changes with every file that the kustomization reads, and with no other', async () => {
  await using tree = await treeOf(overlay);
  const hash = () => hashManifests(tree.path, { kustomize: 'overlays/staging' });

  const before = await hash();
  await writeFile(join(tree.path, 'other.txt'), 'x');
  const afterOther = await hash();
  await writeFile(join(tree.path, 'base/a.ini'), 'color=blue\n');

  expect(before).toEqual(expect.any(String));
  expect(afterOther).toBe(before);
  expect(await hash()).not.toBe(before);
});

test.each([
  ['resources: [https://example.com/a.yaml]', 'is not part of the tree'],
  ['resources: ["github.com/example/base?ref=v1"]', 'is not part of the tree'],
  ['configMapGenerator: [{ name: a, files: ["a=http:secret"] }]', 'is not part of the tree'],
  ['Resources: [http:example]', 'is not part of the tree'],
  ['resources: [!!binary aHR0cHM6Ly9h]', 'tags such as !!binary'],
  ['resources: [../../outside]', '../../outside leads out of the tree'],
  ['resources: [/etc]', '/etc leads out of the tree'],
  ['resources: [link]', 'links are not followed'],
  ['configMapGenerator: [{ name: a, files: [link/hostname] }]', 'links are not followed'],
  ['resources: [missing.yaml]', 'app/missing.yaml is no file or folder of the tree'],
  ['generators: [g.yaml]', 'generators are plugins'],
  ['helmCharts: [{ name: a }]', 'helmCharts are plugins'],
  ['resources: {', 'app/kustomization.yaml: '],
  ['resources: [base.yaml]\nnoSuchKey: 1', 'noSuchKey'],
])('the kustomization "%s" is refused', async (text, reason) => {
  await using tree = await treeOf({ 'app/kustomization.yaml': text, 'app/base.yaml': manifest() });
  await symlink('/etc', join(tree.path, 'app/link'));

  expect(await render(tree.path, 'app')).toEqual({ refusal: expect.stringContaining(reason) });
});

test('a folder without a kustomization is refused', async () => {
  await using tree = await treeOf({ 'app/a.yaml': manifest() });

  expect(await render(tree.path, 'app')).toEqual({ refusal: 'app has no kustomization.yaml' });
  expect(await render(tree.path, 'away')).toEqual({
    refusal: 'kustomize: away is no file or folder of the tree (links are not followed)',
  });
});

test('a worker without kubectl says what it lacks', async () => {
  await using tree = await treeOf(overlay);
  vi.stubEnv('PATH', tree.path);

  try {
    expect(await render(tree.path, 'base')).toEqual({
      refusal: 'kustomize base needs the program kubectl: install it on the PATH of every worker',
    });
  } finally {
    vi.unstubAllEnvs();
  }
});

test('what is not text reaches the generator as it is', async () => {
  await using tree = await treeOf(overlay);
  await writeFile(join(tree.path, 'base/a.ini'), Buffer.from([0xff, 0xfe, 0x00]));

  expect(await render(tree.path, 'base')).toEqual([
    { path: 'kustomize base', text: expect.stringMatching(/binaryData:\n\s+a\.ini: [^/]*\/\/4A/) },
  ]);
});

async function treeOf(files: Record<string, string>) {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

function render(tree: string, folder: string) {
  return renderKustomization({ tree, folder }, new AbortController().signal);
}
