import type { Logger } from 'pino';
import { Fault } from '../../domain/fault.ts';
import type { RunStep, StepCache } from '../../domain/pipeline.ts';
import { sizeText } from '../../domain/size-text.ts';
import { readArchive } from '../../images/write-archive.ts';
import type { RunFacts, StepContext } from '../step-handler.ts';
import { type CacheKeys, cacheKeys } from './cache-key.ts';
import { CacheStore, type CacheStoreOptions, isMissing } from './cache-store.ts';
import { entriesToKeep, NotKept } from './entries-to-keep.ts';
import type { EntriesOf } from './keep-artifacts.ts';
import { restoreEntries } from './restore-cache.ts';

/** The caches of one attempt at a step. Disposed, what was not published is gone. */
export interface StepCaching extends AsyncDisposable {
  /** Puts what was kept into the step's tree. @throws Fault where it cannot be used; it is gone then */
  restore(folder: string): Promise<void>;
  /** Reads what was not found, out of a container whose commands have succeeded; that it cannot be kept is no failure. */
  read(entriesOf: EntriesOf): Promise<void>;
  /** Once the step has succeeded. */
  publish(): Promise<void>;
}

export interface StepCaches {
  open(step: RunStep, context: StepContext): StepCaching;
  tidy(): Promise<void>;
}

/** The trunk or default branch, as a branch of a repository sees it; null: there is none. @throws Fault */
export type MainBranchOf = (
  at: Pick<RunFacts, 'repository' | 'branch'>,
  signal: AbortSignal,
) => Promise<string | null>;

interface Setting extends CacheStoreOptions {
  mainBranchOf: MainBranchOf;
  logger: Pick<Logger, 'warn'>;
}

interface Work {
  setting: Setting;
  store: CacheStore;
  step: RunStep;
  context: StepContext;
}

export function createStepCaches(setting: Setting): StepCaches {
  const store = new CacheStore(setting);
  return {
    tidy: () => store.tidy(),
    open: (step, context) => openCaching({ setting, store, step, context }),
  };
}

function openCaching(work: Work): StepCaching {
  const { setting, store, step, context } = work;
  const wanted: { cache: StepCache; key: string }[] = [];
  const drafts = new Map<string, string>();
  return {
    async restore(folder) {
      for (const cache of step.cache ?? []) {
        const key = await restoreOne(work, cache, folder);
        if (key !== null) wanted.push({ cache, key });
      }
    },
    async read(entriesOf) {
      for (const { cache, key } of wanted) {
        const draft = await readOne(work, cache, entriesOf);
        if (draft !== null) drafts.set(draft, key);
      }
    },
    async publish() {
      for (const [draft, key] of drafts)
        await store.publish(draft, key).catch((error: unknown) => {
          context.log.line('a cache could not be kept; the server log has the cause');
          setting.logger.warn({ err: error }, 'a cache could not be kept');
        });
    },
    async [Symbol.asyncDispose]() {
      for (const draft of drafts.keys()) await store.remove(draft);
    },
  };
}

/** @returns under which key it is to be kept; null: not at all */
async function restoreOne(work: Work, cache: StepCache, folder: string): Promise<string | null> {
  const { store, step, context } = work;
  const { log, run } = context;
  const what = cache.paths.join(', ');
  const keys = await cacheKeys({ step, cache, run }, folder);
  if ('missing' in keys) {
    log.line(`cache of ${what} not used: there is no file ${keys.missing}`);
    return null;
  }
  for await (const { key, from } of places(work, keys)) {
    const file = await store.find(key);
    const bytes = file === null ? null : await restoreFile(work, file, folder);
    if (bytes === null) continue;
    log.line(`cache hit: ${what}, ${sizeText(bytes)}${from === null ? '' : `, kept by ${from}`}`);
    return null;
  }
  log.line(`cache miss: ${what}: nothing is kept here for ${cache.keyFiles.join(', ')} as it is`);
  return keys.own;
}

/** Where it may be found: with whom it belongs to, then, only to be read, on the branch it goes to and on the main one. */
async function* places(
  work: Work,
  keys: CacheKeys,
): AsyncGenerator<{ key: string; from: string | null }, void, undefined> {
  yield { key: keys.own, from: null };
  const { told, branch } = work.context.run;
  const target = told.request?.target;
  if (target !== undefined) yield { key: keys.of(target), from: target };
  const main = await mainBranch(work);
  if (main === null || main === target || (target === undefined && main === branch)) return;
  yield { key: keys.of(main), from: main };
}

/** A cache only saves time: that the repository does not answer costs no more than that. */
async function mainBranch({ setting, context }: Work): Promise<string | null> {
  const { run, signal } = context;
  return setting.mainBranchOf(run, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    setting.logger.warn({ err: error }, 'could not ask which branch is the main one, for a cache');
    return null;
  });
}

/** @returns null where it went away meanwhile. What has half come may not be used: the next attempt begins with another tree. */
async function restoreFile({ store, context }: Work, file: string, folder: string): Promise<number | null> {
  try {
    return await restoreEntries(folder, readArchive(file), context.signal);
  } catch (cause) {
    context.signal.throwIfAborted();
    if (isMissing(cause)) return null;
    const isFull = isDiskFull(cause);
    if (!isFull) await store.remove(file);
    throw new Fault(isFull ? 'disk-full' : 'internal', 'a cache could not be put into the tree', {
      cause,
      hint: isFull
        ? 'Free space under DATA_DIR on this worker.'
        : 'It is forgotten; the next attempt does without it.',
    });
  }
}

/** @returns the draft; null: it is not to be kept */
async function readOne(
  { setting, store, context }: Work,
  { paths }: StepCache,
  entriesOf: EntriesOf,
): Promise<string | null> {
  const { log, signal } = context;
  const what = paths.join(', ');
  try {
    const { mostBytes } = setting;
    const draft = await store.write(entriesToKeep({ paths, mostBytes }, entriesOf), signal);
    log.line(`cache kept: ${what}`);
    return draft;
  } catch (error) {
    signal.throwIfAborted();
    const isExplained = error instanceof NotKept;
    if (!isExplained) setting.logger.warn({ err: error }, 'a cache could not be kept');
    log.line(`cache of ${what} not kept: ${isExplained ? error.message : reasonOf(error)}`);
    return null;
  }
}

function reasonOf(error: unknown): string {
  return isDiskFull(error) ? 'the disk of this worker is full' : 'the server log has the cause';
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
