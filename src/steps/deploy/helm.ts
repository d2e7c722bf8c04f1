import { join } from 'node:path';
import type { HelmChart } from '../../domain/helm-chart.ts';
import { readChart } from './helm-files.ts';
import { type RunRenderer, withRenderer } from './run-renderer.ts';

/**
 * What `helm template` makes of a chart of the tree. It asks no cluster and fetches nothing; what it prints is applied as
 * manifests are, so there is no release that Helm knows of.
 */
export async function renderChart(
  { tree, helm, namespace }: { tree: string; helm: HelmChart; namespace: string },
  signal: AbortSignal,
): Promise<{ path: string; text: string }[] | { refusal: string }> {
  const files = await readChart(tree, helm);
  if ('refusal' in files) return files;
  const path = `helm ${helm.chart === '' ? '.' : helm.chart}`;
  const text = await withRenderer(
    { program: 'helm', label: path, files },
    async (run, copy) => {
      const other = await otherVersion(run, helm);
      if (other !== undefined) return other;
      const values = helm.values.flatMap((file) => ['--values', join(copy, file)]);
      const chart = join(copy, helm.chart);
      return run(['template', helm.release, chart, '--namespace', namespace, '--skip-tests', ...values]);
    },
    signal,
  );
  return typeof text === 'string' ? [{ path, text }] : text;
}

/** Versions of Helm render some charts differently: a pipeline may insist on one. */
async function otherVersion(
  run: RunRenderer,
  { chart, version }: HelmChart,
): Promise<{ refusal: string } | undefined> {
  if (version === null) return undefined;
  const told = await run(['version', '--template', '{{.Version}}']);
  if (typeof told !== 'string') return told;
  const found = told.trim().replace(/^v/, '');
  if (`${found}.`.startsWith(`${version}.`)) return undefined;
  return {
    refusal: `helm ${chart} wants Helm ${version}, and this worker has ${found}: install that, or change 'version'`,
  };
}
