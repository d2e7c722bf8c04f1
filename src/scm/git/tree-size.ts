import { Fault } from '../../domain/fault.ts';
import { sizeText } from '../../domain/size-text.ts';
import { asPartOfTree } from '../part-of-tree.ts';
import { treePath } from './git-paths.ts';
import type { Mirror } from './mirror.ts';

/**
 * Refuses a tree before it fills the disk. What Git LFS keeps elsewhere counts as little as its pointers.
 * @returns its size, in bytes
 * @throws Fault `scm-broken-tree`
 */
export async function measureTree(
  mirror: Mirror,
  tree: { revision: string; path: string; isFilesOnly: boolean; atMost: number; what: string },
  signal: AbortSignal,
): Promise<number> {
  const { revision, path, isFilesOnly, atMost, what } = tree;
  const below = path === '' ? [] : ['--', treePath(path)];
  const place = isFilesOnly ? [`${revision}:${treePath(path)}`] : ['-r', revision, ...below];
  const sizes = await asPartOfTree(() =>
    mirror.ask(['ls-tree', '--format=%(objectsize)', ...place], signal, {
      env: { GIT_LITERAL_PATHSPECS: '1' },
    }),
  );
  // A submodule has none; it is measured by itself.
  const bytes = sizes.split('\n').reduce((sum, size) => sum + (Number(size) || 0), 0);
  if (bytes <= atMost) return bytes;
  const message = `${what} was refused: the tree is larger than ${sizeText(atMost)}`;
  throw new Fault('scm-broken-tree', message, {
    hint: 'Give the pipeline a smaller `source.path`',
    isRetryable: false,
  });
}
