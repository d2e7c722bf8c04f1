import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { lazily } from '../../domain/lazily.ts';
import { type ArchivedEntry, writeArchive } from '../../images/write-archive.ts';

export interface CacheStoreOptions {
  /** Belongs to this process alone, if it is not shared. */
  folder: string;
  /** Other processes keep theirs there at the same time. */
  isShared?: boolean;
  mostBytes: number;
  keepMs: number;
}

const archiveSuffix = '.tar';
const draftSuffix = '.part';
/** Of a shared folder: nobody writes to such a draft any more. */
const deadDraftMs = 3_600_000;

/**
 * What steps keep on this worker's disk, an archive for each key. An archive is there whole or not at all, is never
 * changed, and may go at any time: whoever has begun to read it reads it to its end.
 */
export class CacheStore {
  readonly #options: CacheStoreOptions;
  readonly #prepare: () => Promise<void>;

  constructor(options: CacheStoreOptions) {
    this.#options = options;
    this.#prepare = lazily(() => this.#removeDrafts());
  }

  /** The archive of a key, which counts as used now; null: there is none. */
  async find(key: string): Promise<string | null> {
    const file = this.#fileOf(key);
    const now = new Date();
    try {
      await utimes(file, now, now);
      return file;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** @returns a draft: nobody finds it before it is published. @throws what the entries throw, and leaves nothing */
  async write(entries: AsyncIterable<ArchivedEntry>, signal: AbortSignal): Promise<string> {
    await this.#prepare();
    const draft = join(this.#options.folder, `${randomUUID()}${draftSuffix}`);
    try {
      await writeArchive(draft, entries, signal);
      return draft;
    } catch (error) {
      await this.remove(draft);
      throw error;
    }
  }

  async publish(draft: string, key: string): Promise<void> {
    await rename(draft, this.#fileOf(key));
    await this.tidy();
  }

  async remove(file: string): Promise<void> {
    await rm(file, { force: true });
  }

  /** Removes what nobody has used for long, and the longest unused of too much. */
  async tidy(): Promise<void> {
    await this.#prepare();
    const { keepMs, mostBytes } = this.#options;
    let bytes = 0;
    for (const { file, size, mtimeMs } of await this.#newestFirst(archiveSuffix)) {
      bytes += size;
      if (bytes <= mostBytes && Date.now() - mtimeMs <= keepMs) continue;
      bytes -= size;
      await this.remove(file);
    }
  }

  async #newestFirst(suffix: string) {
    const { folder } = this.#options;
    const names = (await readdir(folder)).filter((name) => name.endsWith(suffix));
    const found = names.map(async (name) => {
      const file = join(folder, name);
      const facts = await stat(file).catch(() => null);
      return facts === null ? [] : [{ file, size: facts.size, mtimeMs: facts.mtimeMs }];
    });
    return (await Promise.all(found)).flat().toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  }

  /** Those of a process that was killed. */
  async #removeDrafts(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const stayMs = this.#options.isShared === true ? deadDraftMs : 0;
    for (const { file, mtimeMs } of await this.#newestFirst(draftSuffix))
      if (Date.now() - mtimeMs >= stayMs) await this.remove(file);
  }

  #fileOf(key: string): string {
    return join(this.#options.folder, `${key}${archiveSuffix}`);
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
