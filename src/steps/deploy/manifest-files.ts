import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PathFilter, pathFilter } from '../../domain/path-filter.ts';
import type { StepManifests } from '../../domain/step-manifests.ts';
import { readChart } from './helm-files.ts';
import { readKustomization } from './kustomization-files.ts';

/** More is no manifest. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The files of a workspace that patterns mean, in the order of their paths.
 * @returns a refusal where a pattern means no file, or a file is too large to be a manifest
 */
export async function readManifestFiles(
  folder: string,
  patterns: string[],
): Promise<{ path: string; text: string }[] | { refusal: string }> {
  const filter = pathFilter(patterns);
  const paths = (await pathsBelow(folder, { filter, below: '' })).sort();
  const idle = patterns.find((pattern) => {
    const alone = pathFilter([pattern]);
    return !pattern.startsWith('!') && !paths.some((path) => alone.matches(path));
  });
  if (idle !== undefined) return { refusal: `no file below source.path matches the manifests "${idle}"` };
  const files: { path: string; text: string }[] = [];
  for (const path of paths) {
    const { size } = await stat(join(folder, path));
    if (size > mostBytes) return { refusal: `${path} is too large for a manifest (${size} bytes)` };
    files.push({ path, text: await readFile(join(folder, path), 'utf8') });
  }
  return files;
}

/** SHA-256 over the paths and texts of the files that a step brings, or why they cannot be read. */
export async function hashManifests(
  folder: string,
  manifests: StepManifests,
): Promise<string | { refusal: string }> {
  const files = await filesOf(folder, manifests);
  if ('refusal' in files) return files;
  const parts = files.map((file) => [file.path, 'text' in file ? file.text : file.bytes.toString('base64')]);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function filesOf(folder: string, manifests: StepManifests) {
  if ('kustomize' in manifests) return readKustomization(folder, manifests.kustomize);
  if ('helm' in manifests) return readChart(folder, manifests.helm);
  return readManifestFiles(folder, manifests.patterns);
}

/** Plain files only: a link could lead out of the workspace. */
async function pathsBelow(
  folder: string,
  { filter, below }: { filter: PathFilter; below: string },
): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile() && filter.matches(path)) found.push(path);
    if (entry.isDirectory() && filter.mayMatchBelow(path)) {
      found.push(...(await pathsBelow(folder, { filter, below: path })));
    }
  }
  return found;
}
