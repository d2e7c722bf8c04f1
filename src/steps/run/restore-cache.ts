import { constants } from 'node:fs';
import { link, open, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerEntry } from '../../images/container-entries.ts';
import { makeFolders } from './make-folders.ts';

/**
 * Puts what was kept into a tree that nobody works in yet. It follows no link, neither of the tree nor of what is kept.
 * @returns its size in bytes
 * @throws where something is in its way
 */
export async function restoreEntries(
  folder: string,
  entries: AsyncIterable<ContainerEntry>,
  signal: AbortSignal,
): Promise<number> {
  const files = new Set<string>();
  let bytes = 0;
  for await (const entry of entries) {
    signal.throwIfAborted();
    await restore(folder, entry, files);
    if (entry.type === 'file') {
      files.add(entry.path);
      bytes += entry.bytes;
    }
  }
  return bytes;
}

async function restore(folder: string, entry: ContainerEntry, files: ReadonlySet<string>): Promise<void> {
  const { path, type, linkname } = entry;
  if (path.split('/').includes('..')) throw new Error(`${path} is outside of the tree`);
  const parent = type === 'directory' ? path : dirname(path);
  if (!(await makeFolders(folder, parent))) throw new Error(`a link or a file is at ${parent}`);
  if (type === 'directory') return;
  const target = join(folder, path);
  await rm(target, { force: true });
  if (type === 'symlink') return symlink(linkname, target);
  if (type !== 'link') return restoreFile(target, entry);
  if (!files.has(linkname)) throw new Error(`${path} is a link to ${linkname}, which is not there`);
  await link(join(folder, linkname), target);
}

async function restoreFile(
  target: string,
  { content, mode, modifiedAt }: Pick<ContainerEntry, 'content' | 'mode' | 'modifiedAt'>,
): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(target, flags, 0o600);
  for await (const piece of content) await file.writeFile(piece);
  await file.chmod(mode & 0o777);
  await file.utimes(modifiedAt, modifiedAt);
}
