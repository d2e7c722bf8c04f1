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
  /** Whoever wrote the tree may not have our login ask for what only the tree names, nor where only it says. */
  isUntrusted: boolean;
  what: string;
}

/**
 * Makes sure that what a checkout needs for large files (LFS) is there: without it the tree would hold pointers to them.
 * @throws Fault `internal` that names the missing package; `scm-broken-tree` for any in a tree that is not trusted
 */
export async function checkLargeFiles(
  mirror: Mirror,
  { env, cwd, path, isFilesOnly, isUntrusted, what }: IndexedTree,
  signal: AbortSignal,
): Promise<void> {
  const files = isFilesOnly ? `,glob)${path === '' ? '' : `${path}/`}*` : `)${path}`;
  const below = `:(attr:filter=lfs${files}`;
  const found = await mirror.ask(['ls-files', '-z', '--', below], signal, { env, cwd });
  const [first] = found.split('\0');
  if (first === undefined || first === '') return;
  if (isUntrusted) throw untrusted(what, first);
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

function untrusted(what: string, file: string): Fault {
  const message = `${what} was refused: for a request of a fork nothing is fetched from Git LFS, and ${JSON.stringify(file)} is kept there`;
  return new Fault('scm-broken-tree', message, {
    hint: "The tree says from which server it comes, and our login may read more than its author: leave 'forks' out for this pipeline",
    isRetryable: false,
  });
}
