import { join } from 'node:path';
import { readKustomization } from './kustomization-files.ts';
import { withRenderer } from './run-renderer.ts';

/**
 * What `kubectl kustomize` makes of a folder of the tree. It gets a copy of the files that the kustomization names and
 * nothing else: no other file, no link, no plugin, no program to fetch something with.
 */
export async function renderKustomization(
  { tree, folder }: { tree: string; folder: string },
  signal: AbortSignal,
): Promise<{ path: string; text: string }[] | { refusal: string }> {
  const files = await readKustomization(tree, folder);
  if ('refusal' in files) return files;
  const path = `kustomize ${folder === '' ? '.' : folder}`;
  const text = await withRenderer(
    { program: 'kubectl', label: path, files },
    (run, copy) => run(['kustomize', join(copy, folder)]),
    signal,
  );
  return typeof text === 'string' ? [{ path, text }] : text;
}
