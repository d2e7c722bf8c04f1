import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { HelmChart } from '../../domain/helm-chart.ts';
import type { ReadFile } from './run-renderer.ts';

/** More is no chart. */
const mostFiles = 2000;
const mostBytes = 16 * 1024 * 1024;

/**
 * All files of a chart and its values, in the order of their paths. Charts that it depends on must lie in its folder
 * `charts`: nothing is fetched.
 * @returns a refusal where something is missing, or is a link
 */
export async function readChart(
  tree: string,
  { chart, values }: Pick<HelmChart, 'chart' | 'values'>,
): Promise<ReadFile[] | { refusal: string }> {
  const root = await realpath(tree);
  const paths = await pathsOf(root, chart);
  if ('refusal' in paths) return paths;
  if (!paths.includes(posix.join(chart, 'Chart.yaml')))
    return { refusal: `helm: ${chart === '' ? '.' : chart} holds no Chart.yaml: name the folder of a chart` };
  const files = new Map<string, ReadFile>();
  let bytesSoFar = 0;
  for (const path of [...paths, ...values]) {
    const bytes = await readPlain(root, path);
    if (bytes === undefined)
      return { refusal: `helm: ${path} is no file of the tree (links are not followed)` };
    bytesSoFar += bytes.length;
    if (bytesSoFar > mostBytes)
      return { refusal: `helm: ${chart} is too large for a chart (more than ${mostBytes} bytes)` };
    files.set(path, { path, bytes });
  }
  return [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function pathsOf(root: string, folder: string): Promise<string[] | { refusal: string }> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
  const link = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  const relative = (entry: { parentPath: string; name: string }) =>
    join(entry.parentPath, entry.name).slice(root.length + 1);
  if (link !== undefined) return { refusal: `helm: ${relative(link)} is a link, which is not followed` };
  const paths = entries.filter((entry) => entry.isFile()).map(relative);
  if (paths.length > mostFiles) return { refusal: `helm: ${folder} holds more than ${mostFiles} files` };
  return paths;
}

/** Undefined for whatever is missing, or a link is on the way to. */
async function readPlain(root: string, path: string): Promise<Buffer | undefined> {
  const full = join(root, path);
  const real = await realpath(full).catch(() => undefined);
  if (real !== full || !(await lstat(full)).isFile()) return undefined;
  return readFile(full);
}
