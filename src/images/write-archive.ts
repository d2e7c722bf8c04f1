import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { pack as createPack, type Pack } from 'tar-stream';
import { type ContainerEntry, unpackEntries } from './container-entries.ts';

/** An entry that may be kept in an archive: of one of these types. */
export interface ArchivedEntry extends Omit<ContainerEntry, 'type'> {
  type: 'file' | 'directory' | 'symlink' | 'link';
}

/**
 * Writes a tar archive to a file that is not there yet, down to the disk. What the entries throw ends it, with half of it
 * written.
 */
export async function writeArchive(
  file: string,
  entries: AsyncIterable<ArchivedEntry>,
  signal: AbortSignal,
): Promise<void> {
  const pack = createPack();
  const written = pipeline(pack, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }), {
    signal,
  });
  written.catch(() => undefined);
  try {
    for await (const entry of entries) await addEntry(pack, entry);
    pack.finalize();
  } catch (error) {
    pack.destroy();
    await written.catch(() => undefined);
    throw error;
  }
  await written;
}

/** @throws where it is not there, or broken */
export function readArchive(file: string): AsyncIterable<ContainerEntry> {
  return unpackEntries(createReadStream(file));
}

async function addEntry(pack: Pack, entry: ArchivedEntry): Promise<void> {
  const { path, type, bytes, mode, modifiedAt, linkname, content } = entry;
  const header = { name: path, type, mode, mtime: modifiedAt, linkname };
  if (type === 'file') await pipeline(content, pack.entry({ ...header, size: bytes }));
  else pack.entry(header);
}
