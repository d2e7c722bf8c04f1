import { constants } from 'node:fs';
import { cp, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedExternal } from '../domain/external.ts';
import { Fault } from '../domain/fault.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { sizeText } from '../domain/size-text.ts';
import type { StepProgress } from '../domain/step-progress.ts';
import type { TreeSource } from '../scm/source-control.ts';
import type { RunRow } from '../store/runs.ts';
import { removeTree } from './remove-tree.ts';

/** Trees of runs on this worker's disk. */
export interface Workspaces {
  open(run: RunRow, facts: WorkspaceFacts): RunWorkspace;
  /** Removes what killed processes left; only while no run is in hand. */
  removeLeftovers(): Promise<void>;
}

interface StepAttempt {
  stepId: string;
  attempt: number;
}

interface WorkspaceFacts {
  sourcePath: string;
  /** `source.only` of the pipeline. */
  only?: readonly string[] | undefined;
  fencing: number;
  /** Ends a fetch that is under way. */
  signal: AbortSignal;
  /** Told once what `svn:externals` bring into the tree, before anybody gets it. */
  recordExternals(externals: readonly LockedExternal[]): Promise<void>;
}

/** Whoever waits for the tree, and wants to know how its fetch goes. */
export interface FetchWatcher {
  onProgress(line: string): void;
  onReport(report: StepProgress): void;
}

/** Fetched at first use, removed with the run's execution. */
export interface RunWorkspace {
  /**
   * The clean tree of the run's revision at its source path; nobody writes into it. May be asked for ahead of need.
   * @throws Fault
   */
  tree(watcher?: FetchWatcher): Promise<string>;
  /** Where the copy of one attempt of a step will be. */
  copyPath(attempt: StepAttempt): string;
  /**
   * A tree that the attempt may write into: a fresh copy of the clean one; that itself where nobody else of the run will
   * want it, and who does after all has it fetched again.
   * @throws Fault
   */
  copy(attempt: StepAttempt & { isLast: boolean }, watcher?: FetchWatcher): Promise<string>;
  /** Ends a fetch that is under way, too. */
  remove(): Promise<void>;
}

/** @param deps.folder belongs to this worker alone */
export function createWorkspaces(deps: {
  folder: string;
  sourceOf(repository: string): Pick<TreeSource, 'exportTree'>;
}): Workspaces {
  return {
    open(run, facts) {
      const home = join(deps.folder, `${run.id}-${facts.fencing}`);
      return openWorkspace(home, (watcher, removed) => {
        const signal = AbortSignal.any([facts.signal, removed]);
        return fetchTree(deps.sourceOf(run.repository), run, { ...facts, signal, home, watcher });
      });
    },
    async removeLeftovers() {
      await mkdir(deps.folder, { recursive: true, mode: 0o700 });
      for (const name of await readdir(deps.folder)) await removeTree(join(deps.folder, name));
    },
  };
}

function openWorkspace(
  home: string,
  fetch: (watcher: FetchWatcher, removed: AbortSignal) => Promise<string>,
): RunWorkspace {
  const removing = new AbortController();
  let fetched: Promise<string> | undefined;
  // Steps that run side by side wait for one fetch: each is told.
  const watchers = new Set<FetchWatcher>();
  const all: FetchWatcher = {
    onProgress: (line) => watchers.forEach((watcher) => void watcher.onProgress(line)),
    onReport: (report) => watchers.forEach((watcher) => void watcher.onReport(report)),
  };

  function tree(watcher?: FetchWatcher): Promise<string> {
    if (watcher !== undefined) watchers.add(watcher);
    fetched ??= fetch(all, removing.signal).catch((error: unknown) => {
      fetched = undefined;
      throw error;
    });
    return fetched;
  }

  function copyPath({ stepId, attempt }: StepAttempt): string {
    return join(home, `${stepId}-${attempt}`);
  }

  return {
    tree,
    copyPath,
    async copy(attempt, watcher) {
      const target = copyPath(attempt);
      const clean = await tree(watcher);
      if (!attempt.isLast) await copyTree(clean, target);
      else {
        fetched = undefined;
        await rename(clean, target);
      }
      return target;
    },
    async remove() {
      removing.abort();
      await fetched?.catch(() => undefined);
      await removeTree(home);
    },
  };
}

async function fetchTree(
  source: Pick<TreeSource, 'exportTree'>,
  run: RunRow,
  facts: WorkspaceFacts & { home: string; watcher: FetchWatcher },
): Promise<string> {
  const { home, sourcePath, signal, watcher } = facts;
  const into = join(home, 'tree');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path = [run.branch, sourcePath].filter((part) => part !== '').join('/');
  const what = `${path} at ${revisionLabel(run.revision)}`;
  watcher.onProgress(`checking out ${what}`);
  const { branch, revision, generation } = run;
  const isUntrusted = run.told.request?.isFork === true;
  const place = {
    branch,
    path: sourcePath,
    revision,
    generation,
    externals: run.externals,
    into,
    isUntrusted,
  };
  const { files, bytes, how, externals } = await source.exportTree(
    { ...place, only: facts.only, onReport: watcher.onReport },
    signal,
  );
  if (externals !== undefined && run.externals === null) await facts.recordExternals(externals);
  for (const external of externals ?? []) watcher.onProgress(externalText(external));
  watcher.onProgress(
    `checked out ${what}: ${filesText(files)}, ${sizeText(bytes)}${how === undefined ? '' : `, ${how}`}`,
  );
  return into;
}

function externalText({ path, url, revision }: LockedExternal): string {
  return `with the external ${path}: ${url} at r${revision}`;
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${count.toLocaleString('en')} files`;
}

async function copyTree(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true });
  } catch (cause) {
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    throw new Fault(isFull ? 'disk-full' : 'internal', `could not copy the workspace to ${to}`, {
      cause,
      hint: isFull ? 'Free space under DATA_DIR on this worker.' : 'The server log has the cause.',
    });
  }
}
