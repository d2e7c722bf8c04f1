import type { Dirent } from 'node:fs';
import { chmod, lstat, readdir, readlink } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { Fault } from '../domain/fault.ts';
import type { ExportedTree } from './source-control.ts';

const folderMode = 0o755;
const programMode = 0o755;
const fileMode = 0o644;

/**
 * Walks an exported tree, counts it, and gives it the same permissions whatever this process's umask is.
 * @throws Fault `scm-broken-tree` for a link that leads out of the tree, a special file, a metadata folder, a tree that
 * is no folder
 */
export async function checkTree(root: string, check: TreeCheck, signal: AbortSignal): Promise<ExportedTree> {
  const walk: Walk = { ...check, root, signal, files: 0, bytes: 0 };
  const { mode } = await lstat(root);
  if ((mode & 0o170000) !== 0o040000) throw broken(walk, 'it is a file, not a folder');
  await checkFolder(walk, root);
  return { files: walk.files, bytes: walk.bytes };
}

export interface TreeCheck {
  /** What was exported, for the message: `Exporting svn://host/shop/trunk@12` */
  readonly what: string;
  /** `.svn`, `.git`: what no tree may hold, in any case of its letters. */
  readonly metadataFolder: string;
}

interface Walk extends ExportedTree, TreeCheck {
  readonly root: string;
  readonly signal: AbortSignal;
}

async function checkFolder(walk: Walk, folder: string): Promise<void> {
  walk.signal.throwIfAborted();
  await chmod(folder, folderMode);
  const entries = await readdir(folder, { withFileTypes: true });
  await Promise.all(entries.filter((entry) => !entry.isDirectory()).map((entry) => checkEntry(walk, entry)));
  for (const entry of entries) {
    if (entry.name.toLowerCase() === walk.metadataFolder)
      throw broken(walk, `it holds ${nameOf(walk, entry)}`);
    if (entry.isDirectory()) await checkFolder(walk, join(folder, entry.name));
  }
}

async function checkEntry(walk: Walk, entry: Dirent): Promise<void> {
  const path = join(entry.parentPath, entry.name);
  walk.files += 1;
  if (entry.isSymbolicLink()) return checkLink(walk, entry, await readlink(path));
  if (!entry.isFile()) throw broken(walk, `${nameOf(walk, entry)} is neither a file, a folder nor a link`);
  const { mode, size } = await lstat(path);
  walk.bytes += size;
  const wanted = mode & 0o111 ? programMode : fileMode;
  if ((mode & 0o7777) !== wanted) await chmod(path, wanted);
}

/**
 * A link may climb only at its beginning, where its parents are real folders: behind a name, `..` could climb out of
 * wherever that name, a link itself, leads to.
 */
function checkLink(walk: Walk, entry: Dirent, target: string): void {
  const depth = relative(walk.root, entry.parentPath).split(sep).filter(Boolean).length;
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const climbs = segments.findIndex((segment) => segment !== '..');
  const beginning = climbs === -1 ? segments.length : climbs;
  const climbsLater = segments.slice(beginning).includes('..');
  if (!isAbsolute(target) && beginning <= depth && !climbsLater) return;
  throw broken(
    walk,
    `the link ${nameOf(walk, entry)} leads out of the tree, or may do so: it points to ${JSON.stringify(target)}`,
  );
}

function nameOf(walk: Walk, entry: Dirent): string {
  return JSON.stringify(relative(walk.root, join(entry.parentPath, entry.name)));
}

function broken({ what }: Walk, why: string): Fault {
  return new Fault('scm-broken-tree', `${what} was refused: ${why}`, {
    hint: 'Correct it in the repository',
    isRetryable: false,
  });
}
