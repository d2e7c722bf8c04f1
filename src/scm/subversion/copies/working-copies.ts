import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkingCopiesConfig } from '../../../config/server-config.ts';
import { replaceFile } from '../../replace-file.ts';
import {
  type CopyChoice,
  type CopyRecord,
  type CopyWish,
  chooseCopy,
  copiesToDrop,
  parseRecord,
} from './choose-copy.ts';

export interface WorkingCopiesOptions extends WorkingCopiesConfig {
  /** Of this process alone. */
  folder: string;
  logger?: { warn(fields: object, message: string): void } | undefined;
}

/** A working copy in the hands of one fetch. Disposing gives it back; another fetch never gets it meanwhile. */
export interface HeldCopy extends AsyncDisposable {
  /** The working copy itself; it may be missing, half made or broken. */
  readonly path: string;
  /** Held by every svn that writes into it, also by one that has outlived its server. */
  readonly lockFile: string;
  readonly record: CopyRecord;
  /** To be called with what it holds when it is fit for use. */
  settle(found: { branch: string; bytes: number }): void;
  /** To be called when it is not fit for use, whatever was tried. */
  discard(): void;
}

const recordFile = 'record.json';
const goneSuffix = '.gone';

/** Working copies on this worker's disk, one user at a time each: of one folder of one branch of one generation. */
export class WorkingCopies {
  readonly #options: WorkingCopiesOptions;
  readonly #records = new Map<string, CopyRecord>();
  readonly #held = new Set<string>();
  /** How large trees were; a restart forgets it, but for those that have a copy. */
  readonly #sizes = new Map<string, number>();
  #loaded: Promise<boolean> | undefined;

  constructor(options: WorkingCopiesOptions) {
    this.#options = options;
  }

  /** Tells how large an exported tree was: the next fetch of such a tree may get a copy. */
  noteSize(wish: CopyWish, bytes: number): void {
    this.#sizes.set(placeOf(wish), bytes);
  }

  /** null: this tree is to be exported. */
  async take(wish: CopyWish): Promise<HeldCopy | null> {
    if (!(await this.#load())) return null;
    const choice = this.#choose(wish);
    if (choice.kind !== 'make') return this.#follow(choice, wish);
    if (!this.#hasRoomFor(wish, Infinity)) return null;
    const { bavail, bsize } = await statfs(this.#options.folder);
    // Somebody may have made one meanwhile; from here to its being held nobody can.
    return this.#hasRoomFor(wish, bavail * bsize) ? this.#follow(this.#choose(wish), wish) : null;
  }

  #choose(wish: CopyWish): CopyChoice {
    return chooseCopy([...this.#records.values()], wish, { held: this.#held, now: Date.now() });
  }

  /** It is held from the choice on; what is written of it on the disk says that its user has not ended yet. */
  async #follow(choice: CopyChoice, wish: CopyWish): Promise<HeldCopy | null> {
    if (choice.kind === 'none') return null;
    const record = choice.kind === 'reuse' ? choice.record : newRecord(wish);
    this.#records.set(record.id, record);
    const held = this.#hold(record);
    try {
      await mkdir(join(this.#options.folder, record.id), { recursive: true, mode: 0o700 });
      await this.#write({ ...record, isSettled: false });
      return held;
    } catch (error) {
      this.#held.delete(record.id);
      this.#options.logger?.warn({ err: error }, 'a working copy cannot be used: the tree is exported');
      return null;
    }
  }

  #hasRoomFor(wish: CopyWish, freeBytes: number): boolean {
    const own = [...this.#records.values()].filter(
      (record) => record.branch === wish.branch && placeOf(record) === placeOf(wish),
    );
    // Subversion keeps each file twice.
    const bytes = this.#sizes.get(placeOf(wish)) ?? Math.max(0, ...own.map((record) => record.bytes / 2));
    const { aboveBytes, mostBytes } = this.#options;
    if (bytes < aboveBytes || 2 * bytes * (own.length + 1) > mostBytes) return false;
    return freeBytes > 4 * bytes;
  }

  #hold(record: CopyRecord): HeldCopy {
    const { id } = record;
    const home = join(this.#options.folder, id);
    this.#held.add(id);
    let end: 'settled' | 'left' | 'discarded' = 'left';
    let next = record;
    return {
      path: join(home, 'tree'),
      lockFile: join(home, 'lock'),
      record,
      settle(found) {
        end = 'settled';
        next = { ...record, ...found, isSettled: true, uses: record.uses + 1, usedAt: Date.now() };
      },
      discard() {
        end = 'discarded';
      },
      [Symbol.asyncDispose]: async () => {
        await this.#quietly(async () => {
          try {
            if (end === 'settled') await this.#write(next);
            if (end === 'discarded') await this.#drop(id);
          } finally {
            this.#held.delete(id);
          }
          if (end === 'settled') await this.#dropSurplus();
        });
      },
    };
  }

  /** What has been fetched is there, whether its copy can be kept or not. */
  async #quietly(giveBack: () => Promise<void>): Promise<void> {
    try {
      await giveBack();
    } catch (error) {
      this.#options.logger?.warn({ err: error }, 'a working copy could not be given back properly');
    }
  }

  async #dropSurplus(): Promise<void> {
    const limits = { ...this.#options, now: Date.now(), held: this.#held };
    for (const { id } of copiesToDrop([...this.#records.values()], limits)) await this.#drop(id);
  }

  async #write(record: CopyRecord): Promise<void> {
    this.#records.set(record.id, record);
    await replaceFile(join(this.#options.folder, record.id, recordFile), JSON.stringify(record));
  }

  /** First out of the way, so that half a copy is never taken for a whole one. */
  async #drop(id: string): Promise<void> {
    this.#records.delete(id);
    const home = join(this.#options.folder, id);
    const gone = `${home}${goneSuffix}`;
    await rename(home, gone);
    await rm(gone, { recursive: true, force: true, maxRetries: 3 });
  }

  #load(): Promise<boolean> {
    this.#loaded ??= this.#read().catch((error: unknown) => {
      this.#loaded = undefined;
      this.#options.logger?.warn({ err: error }, 'working copies cannot be used: trees are exported');
      return false;
    });
    return this.#loaded;
  }

  /** What an earlier process has left, also one that was killed. */
  async #read(): Promise<boolean> {
    const { folder, logger } = this.#options;
    // Subversion would take what follows it for a revision.
    if (folder.includes('@')) return false;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await hasFlock())) {
      logger?.warn({}, 'working copies are not used: this machine has no flock(1), of util-linux');
      return false;
    }
    for (const id of await readdir(folder)) {
      const record = await readRecord(join(folder, id, recordFile));
      if (record?.id === id) this.#records.set(id, record);
      else await rm(join(folder, id), { recursive: true, force: true, maxRetries: 3 });
    }
    return true;
  }
}

function newRecord({ repository, root, generation, branch, path }: CopyWish): CopyRecord {
  const place = { repository, root, generation, branch, path };
  return { ...place, id: randomUUID(), isSettled: false, bytes: 0, uses: 0, usedAt: Date.now() };
}

function placeOf({ repository, root, generation, path }: CopyWish): string {
  return JSON.stringify([repository, root, generation, path]);
}

async function readRecord(file: string): Promise<CopyRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? undefined : parseRecord(text);
}

async function hasFlock(): Promise<boolean> {
  const places = ['/usr/bin/flock', '/bin/flock', '/usr/local/bin/flock'];
  const found = await Promise.all(
    places.map((place) =>
      access(place).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
