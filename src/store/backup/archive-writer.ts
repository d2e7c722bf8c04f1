import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack as createPack, type Pack } from 'tar-stream';
import type { BackupManifest } from './backup-format.ts';

/** An archive that is being written beside its place, and is there only once it is whole. */
export interface ArchiveWriter extends AsyncDisposable {
  readonly entries: BackupManifest['entries'];
  add(name: string, content: Buffer): Promise<void>;
  /** On the disk, under its name. @throws EEXIST where somebody else has made one meanwhile */
  finish(): Promise<void>;
}

/** Readable for its owner only. What an earlier writer was killed over is written anew; disposed before its end, nothing is left. */
export async function openArchiveWriter(file: string, signal: AbortSignal): Promise<ArchiveWriter> {
  const draft = join(dirname(file), `.${basename(file)}.unfinished`);
  await rm(draft, { force: true });
  const pack = createPack();
  const gzip = createGzip({ level: 3 });
  const target = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
  const written = pipeline(pack, gzip, target, { signal });
  // Whoever adds the next entry, or ends it, is told.
  written.catch(() => pack.destroy());
  const entries: BackupManifest['entries'] = {};
  return {
    entries,
    async add(name, content) {
      await Promise.race([addEntry(pack, name, content), written]);
      signal.throwIfAborted();
      entries[name] = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    },
    async finish() {
      pack.finalize();
      await written;
      // Unlike a rename, it replaces nothing.
      await link(draft, file).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw error;
        await rename(draft, file);
      });
      await syncFolder(dirname(file));
    },
    async [Symbol.asyncDispose]() {
      pack.destroy();
      await written.catch(() => undefined);
      await rm(draft, { force: true });
    },
  };
}

async function addEntry(pack: Pack, name: string, content: Buffer): Promise<void> {
  const entry = pack.entry({ name, size: content.length, mode: 0o600, mtime: new Date() });
  await pipeline(Readable.from([content]), entry);
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
