import { posix } from 'node:path';
import { sizeText } from '../../domain/size-text.ts';
import type { ContainerEntry } from '../../images/container-entries.ts';
import type { ArchivedEntry } from '../../images/write-archive.ts';
import { type EntriesOf, placeOf } from './keep-artifacts.ts';

/** Why a cache is not kept, for the log of the step. */
export class NotKept extends Error {}

/**
 * What is at these paths of a workspace. Sockets, pipes and devices are left out.
 * @throws NotKept where nothing is there, where a link leads out of the workspace, and where it is too much
 */
export async function* entriesToKeep(
  { paths, mostBytes }: { paths: readonly string[]; mostBytes: number },
  entriesOf: EntriesOf,
): AsyncGenerator<ArchivedEntry> {
  let bytes = 0;
  let isThere = false;
  for (const path of paths) {
    for await (const entry of entriesOf(path)) {
      const kept = entryAt(path, entry);
      if (kept === null) continue;
      isThere = true;
      bytes += kept.bytes;
      if (bytes > mostBytes)
        throw new NotKept(`it is more than the ${sizeText(mostBytes)} that the server keeps of all`);
      yield kept;
    }
  }
  if (!isThere) throw new NotKept(`there is no ${paths.join(', ')}`);
}

function entryAt(asked: string, entry: ContainerEntry): ArchivedEntry | null {
  const { type, linkname } = entry;
  const path = placeOf(asked, entry.path);
  if (type === 'file' || type === 'directory') return { ...entry, type, path };
  if (type === 'link') return { ...entry, type, path, linkname: placeOf(asked, linkname) };
  if (type !== 'symlink') return null;
  const target = posix.join(posix.dirname(path), linkname);
  if (linkname.startsWith('/') || target === '..' || target.startsWith('../'))
    throw new NotKept(`the link ${path} leads out of the workspace`);
  return { ...entry, type, path };
}
