import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PinnedFiles } from '../config/fragment-reader.ts';
import { Fault } from '../domain/fault.ts';
import { type IncludeAnswer, type IncludeWish, includeKey } from '../domain/include.ts';
import { maxYamlBytes } from '../domain/yaml-document.ts';
import { replaceFile } from '../scm/replace-file.ts';
import type { SourceControl } from '../scm/source-control.ts';

export interface PinnedFilesOptions {
  sourceOf(repository: string): Pick<SourceControl, 'kind' | 'readFile' | 'urlOf'>;
  /** Where what was read is kept: a restart then needs no repository. null: nowhere. */
  folder: string | null;
  onFault?: (key: string, error: unknown) => void;
}

export interface FetchedFiles extends PinnedFiles, AsyncDisposable {
  /** As `get`, once it is known. Never throws. */
  fetch(wish: IncludeWish): Promise<IncludeAnswer>;
  /** Resolves when nothing of what was asked for is being read any more. @returns false when nothing was */
  settle(): Promise<boolean>;
}

/** A repository that was away is asked again, when somebody wants the file. */
const againAfterMs = 15_000;

/** Files of repositories at fixed revisions. Such a file cannot change: it is read once, and kept. */
export function openPinnedFiles(options: PinnedFilesOptions): FetchedFiles {
  return new Fetched(options);
}

interface Known {
  answer: IncludeAnswer;
  /** Of what could not be read. */
  staleAtMs: number;
}

class Fetched implements FetchedFiles {
  readonly #options: PinnedFilesOptions;
  readonly #known = new Map<string, Known>();
  readonly #underWay = new Map<string, Promise<IncludeAnswer>>();
  readonly #stop = new AbortController();

  constructor(options: PinnedFilesOptions) {
    this.#options = options;
    if (options.folder !== null) mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  }

  get(wish: IncludeWish): IncludeAnswer | null {
    const key = this.#keyOf(wish);
    const known = this.#known.get(key) ?? this.#kept(wish, key);
    if (known === null || known.staleAtMs <= Date.now()) void this.#begin(wish, key);
    return known?.answer ?? null;
  }

  async fetch(wish: IncludeWish): Promise<IncludeAnswer> {
    return this.get(wish) ?? this.#begin(wish, this.#keyOf(wish));
  }

  async settle(): Promise<boolean> {
    return (await Promise.all(this.#underWay.values())).length > 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#underWay.values());
  }

  /** With the URL: a name may stand for another repository one day. */
  #keyOf(wish: IncludeWish): string {
    const { repository, revision } = wish.at ?? { repository: '', revision: '' };
    try {
      return this.#options.sourceOf(repository).urlOf({ path: wish.file, revision });
    } catch {
      return includeKey(wish);
    }
  }

  #kept(wish: IncludeWish, key: string): Known | null {
    const { folder } = this.#options;
    if (folder === null) return null;
    try {
      const text = readFileSync(join(folder, nameOf(key)), 'utf8');
      return this.#keep(key, { name: includeKey(wish), text });
    } catch {
      return null;
    }
  }

  #keep(key: string, answer: IncludeAnswer): Known {
    const known = { answer, staleAtMs: 'text' in answer ? Infinity : Date.now() + againAfterMs };
    this.#known.set(key, known);
    return known;
  }

  #begin(wish: IncludeWish, key: string): Promise<IncludeAnswer> {
    const begun = this.#underWay.get(key);
    if (begun !== undefined) return begun;
    const work = this.#read(wish, key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, work);
    return work;
  }

  async #read(wish: IncludeWish, key: string): Promise<IncludeAnswer> {
    const { repository, revision } = wish.at ?? { repository: '', revision: '' };
    const { folder, sourceOf, onFault } = this.#options;
    try {
      const source = sourceOf(repository);
      const place = { path: wish.file, revision, maxBytes: maxYamlBytes };
      const text = await source.readFile(place, this.#stop.signal);
      if (folder !== null) {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await replaceFile(join(folder, nameOf(key)), text);
      }
      return this.#keep(key, { name: includeKey(wish), text }).answer;
    } catch (error) {
      onFault?.(key, error);
      return this.#keep(key, answerOf(error)).answer;
    }
  }
}

function answerOf(error: unknown): IncludeAnswer {
  if (!(error instanceof Fault))
    return { problem: 'it could not be read; the server log has the details', isForNow: true };
  const { message: problem, hint } = error;
  // A password can be mended; what is gone at a fixed revision stays gone.
  const isForNow = error.isRetryable || error.code === 'scm-denied';
  return { problem, ...(hint !== undefined && { hint }), ...(isForNow && { isForNow }) };
}

function nameOf(key: string): string {
  return `${createHash('sha256').update(key).digest('hex')}.yaml`;
}
