import { Fault } from '../../domain/fault.ts';
import type { Mirror } from './mirror.ts';
import type { GitVariable } from './run-git.ts';

interface IndexedTree {
  /** Names the index, and the folder that the tree will be in. */
  env: Partial<Record<GitVariable, string>>;
  cwd: string;
  path: string;
  /** Of that folder only the files right in it. */
  isFilesOnly: boolean;
  what: string;
}

/**
 * Makes sure that what a checkout needs for large files (LFS) is there: without it the tree would hold pointers to them.
 * @throws Fault `internal` that names the missing package
 */
export async function checkLargeFiles(
  mirror: Mirror,
  { env, cwd, path, isFilesOnly, what }: IndexedTree,
  signal: AbortSignal,
): Promise<void> {
  const files = isFilesOnly ? `,glob)${path === '' ? '' : `${path}/`}*` : `)${path}`;
  const below = `:(attr:filter=lfs${files}`;
  const found = await mirror.ask(['ls-files', '-z', '--', below], signal, { env, cwd });
  const [first] = found.split('\0');
  if (first === undefined || first === '') return;
  try {
    await mirror.ask(['lfs', 'version'], signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new Fault(
      'internal',
      `${what} failed: ${JSON.stringify(first)} is kept by Git LFS, which is not installed here`,
      {
        cause,
        hint: 'Install the package git-lfs on every machine with a worker',
        isRetryable: false,
      },
    );
  }
}
