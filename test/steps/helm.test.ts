import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { renderChart } from '../../src/steps/deploy/helm.ts';
import { hashManifests } from '../../src/steps/deploy/manifest-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const helm = { chart: 'chart', values: ['staging.yaml'], release: 'cart', version: null };
const files = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 0.1.0\n',
  'chart/templates/cart.yaml': '{{ .Values.replicas }}',
  'staging.yaml': 'replicas: 3\n',
};

test('a worker without helm says so in one line', async () => {
  await using tree = await treeOf(files);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('PATH', '/nowhere');

  expect(await render(tree.path)).toEqual({
    refusal: 'helm chart needs the program helm: install it on the PATH of every worker',
  });
});

test('a chart is read from the tree alone, without links, and is a chart', async () => {
  await using tree = await treeOf(files);
  const refusalOf = (changes: Partial<typeof helm>) => render(tree.path, changes);

  expect(await refusalOf({ chart: 'nowhere' })).toEqual({
    refusal: 'helm: nowhere holds no Chart.yaml: name the folder of a chart',
  });
  expect(await refusalOf({ values: ['other.yaml'] })).toEqual({
    refusal: 'helm: other.yaml is no file of the tree (links are not followed)',
  });
  await symlink('/etc/passwd', join(tree.path, 'chart', 'passwd'));
  expect(await refusalOf({})).toEqual({ refusal: 'helm: chart/passwd is a link, which is not followed' });
  await symlink('/etc', join(tree.path, 'away'));
  expect(await refusalOf({ values: ['away/passwd'] })).toMatchObject({ refusal: expect.any(String) });
});

test('what an approval is for changes with every file of the chart and its values, and with no other', async () => {
  await using tree = await treeOf({ ...files, 'other.yaml': 'a' });
  const hash = () => hashManifests(tree.path, { helm });
  const before = await hash();

  await writeFile(join(tree.path, 'other.yaml'), 'b');
  const afterOther = await hash();
  await writeFile(join(tree.path, 'staging.yaml'), 'replicas: 4\n');

  expect(afterOther).toBe(before);
  expect(await hash()).not.toBe(before);
});

function render(tree: string, changes: Partial<typeof helm> = {}) {
  return renderChart(
    { tree, helm: { ...helm, ...changes }, namespace: 'shop' },
    new AbortController().signal,
  );
}

async function treeOf(contents: Record<string, string>) {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}
