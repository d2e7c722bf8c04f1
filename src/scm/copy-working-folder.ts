import { constants, type Stats } from 'node:fs';
import { cp, lstat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { sparsePlace, touchesPlace } from '../domain/sparse-place.ts';
import { askVersionControl } from './ask-version-control.ts';
import type { ExportedTree } from './source-control.ts';

/**
 * Copies a folder as it is, with what is not committed yet; what Git or Subversion ignores stays out, and their own
 * folders. The folder itself is only read.
 * @param into is made; it must not be inside of the folder
 * @param only folders and files below it; absent: all
 */
export async function copyWorkingFolder(
  { folder, into, only }: { folder: string; into: string; only?: readonly string[] | undefined },
  signal: AbortSignal,
): Promise<ExportedTree> {
  const isKnown = await wantedPaths(folder);
  const places = only?.map(sparsePlace);
  const isWanted = (path: string, entry: Stats) => {
    const changed = { path, kind: entry.isDirectory() ? ('directory' as const) : ('file' as const) };
    return isKnown(path) && (places?.some((place) => touchesPlace(changed, place)) ?? true);
  };
  const copied = { files: 0, bytes: 0 };
  await cp(folder, into, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    async filter(source) {
      signal.throwIfAborted();
      const path = relative(folder, source).replaceAll(sep, '/');
      if (path === '') return true;
      const entry = await lstat(source);
      // Sockets and the like are no part of a tree.
      if (!entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink()) return false;
      if (!isWanted(path, entry)) return false;
      if (!entry.isDirectory()) {
        copied.files += 1;
        copied.bytes += entry.size;
      }
      return true;
    },
  });
  return copied;
}

type PathFilter = (path: string) => boolean;

const metadata = /(?:^|\/)\.(?:git|svn)(?:\/|$)/;

async function wantedPaths(folder: string): Promise<PathFilter> {
  const isWanted = (await gitPaths(folder)) ?? (await subversionPaths(folder)) ?? (() => true);
  return (path) => !metadata.test(path) && isWanted(path);
}

/** What Git has, or would add. null outside of a checkout. */
async function gitPaths(folder: string): Promise<PathFilter | null> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = await askVersionControl('git', args, folder);
  const paths = (listed ?? '').split('\0').filter(Boolean);
  // Also nothing: a folder that is ignored as a whole is a tree all the same.
  if (paths.length === 0) return null;
  const above = new Set(paths.flatMap(foldersAbove));
  // A submodule, or another checkout, is listed as one folder.
  const whole = new Set(paths.map((path) => path.replace(/\/$/, '')));
  return (path) => above.has(path) || [path, ...foldersAbove(path)].some((one) => whole.has(one));
}

/** What `svn:ignore` and Subversion's own list do not name. null outside of a working copy. */
async function subversionPaths(folder: string): Promise<PathFilter | null> {
  const isCopy = await askVersionControl(
    'svn',
    ['info', '--non-interactive', '--show-item', 'kind', '.'],
    folder,
  );
  if (isCopy === null) return null;
  const status =
    (await askVersionControl('svn', ['status', '--non-interactive', '--no-ignore'], folder)) ?? '';
  const ignored = new Set(
    status.split('\n').flatMap((line) => (line.startsWith('I') ? [line.slice(8).replaceAll('\\', '/')] : [])),
  );
  return (path) => ![path, ...foldersAbove(path)].some((one) => ignored.has(one));
}

/** `a/b/c` -> `a/b`, `a`. */
function foldersAbove(path: string): string[] {
  const parts = path.replace(/\/$/, '').split('/');
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'));
}
