import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

export interface ArchiveEntry {
  name: string;
  content: Buffer;
  sha256: string;
  /** How much of the file has been read, in bytes. */
  readBytes: number;
}

/** A file that is no archive, or only a part of one. */
export class BrokenArchive extends Error {}

/** What is in an archive, in order. @throws BrokenArchive, also where the file system cannot read it */
export async function* readArchiveEntries(file: string, signal: AbortSignal): AsyncGenerator<ArchiveEntry> {
  const source = createReadStream(file);
  const unpacked = extract();
  const read = pipeline(source, createGunzip(), unpacked, { signal });
  // Its errors come out of the loop below.
  read.catch(() => undefined);
  try {
    for await (const entry of unpacked) {
      const content = await buffer(entry as unknown as NodeJS.ReadableStream);
      const sha256 = createHash('sha256').update(content).digest('hex');
      yield { name: entry.header.name, content, sha256, readBytes: source.bytesRead };
    }
    await read;
  } catch {
    const cause = await read.catch((error: unknown) => error);
    signal.throwIfAborted();
    if (!(cause instanceof Error)) throw cause;
    throw new BrokenArchive(cause.message, { cause });
  }
}
