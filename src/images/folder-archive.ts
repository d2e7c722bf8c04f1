import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack as createPack, type Pack } from 'tar-stream';

/** One thing in a folder that an archive can hold. */
export interface Entry {
  /** Relative to the folder. */
  path: string;
  type: 'file' | 'directory' | 'symlink';
  bytes: number;
  mode: number;
  /** Target of a link, as it is written. */
  linkname: string;
}

/** Pinned, so that the layers of an unchanged file are the same on every engine; old enough for nothing, yet after the zip format's first year. */
const modifiedAt = new Date('2000-01-01T00:00:00Z');

/**
 * A tar archive of these entries of a folder, all owned by root, of one pinned time. A file that fails to be read breaks it.
 * Nothing is opened before it is read: an error that comes with nobody there yet to hear it would end the process.
 */
export async function* packEntries(
  folder: string,
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  name = '.',
): AsyncGenerator<Buffer> {
  const pack = createPack();
  fill(pack, { folder, entries, name }).catch((error: unknown) =>
    pack.destroy(error instanceof Error ? error : undefined),
  );
  yield* pack as AsyncIterable<Buffer>;
}

/** A whole folder as a tar archive; in it, the folder is called `name`. */
export function packFolder(folder: string, name: string): Readable {
  return Readable.from(packEntries(folder, walk(folder, '.'), name), { objectMode: false });
}

/** Undefined for what no image can hold: sockets, pipes, devices. */
export async function readEntry(folder: string, path: string): Promise<Entry | undefined> {
  const file = join(folder, path);
  const facts = await lstat(file);
  const entry = { path, bytes: 0, mode: facts.mode & 0o777, linkname: '' };
  if (facts.isDirectory()) return { ...entry, type: 'directory' };
  if (facts.isSymbolicLink()) return { ...entry, type: 'symlink', linkname: await readlink(file) };
  return facts.isFile() ? { ...entry, type: 'file', bytes: facts.size } : undefined;
}

/** The folder itself first, then all in it, each folder before its content. */
async function* walk(folder: string, path: string): AsyncGenerator<Entry> {
  const entry = await readEntry(folder, path);
  if (entry === undefined) return;
  yield entry;
  if (entry.type !== 'directory') return;
  for (const name of await readdir(join(folder, path))) yield* walk(folder, posix.join(path, name));
}

interface Content {
  folder: string;
  entries: Iterable<Entry> | AsyncIterable<Entry>;
  name: string;
}

async function fill(pack: Pack, { folder, entries, name }: Content): Promise<void> {
  for await (const { path, type, bytes, mode, linkname } of entries) {
    const common = { mode, mtime: modifiedAt, uid: 0, gid: 0 };
    const header = { ...common, name: posix.join(name, path), type, linkname, size: bytes };
    if (type === 'file') await pipeline(createReadStream(join(folder, path)), pack.entry(header));
    else pack.entry(header);
  }
  pack.finalize();
}
