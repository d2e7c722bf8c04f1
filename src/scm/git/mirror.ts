import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitUrl, shownGitUrl } from '../../config/git-url.ts';
import { Fault } from '../../domain/fault.ts';
import type { ReportProgress } from '../../domain/step-progress.ts';
import { UnexplainedGitFault } from './git-fault.ts';
import type { GitHome } from './git-home.ts';
import { readProgress } from './git-progress.ts';
import type { GitRepository } from './repository.ts';
import { type GitCommand, runGit } from './run-git.ts';

type MirrorOwner = Pick<GitRepository, 'config' | 'limits' | 'logger'> & { home: GitHome };

export interface Fetching {
  /** What has to be there afterwards. */
  ids: readonly string[];
  /** Where the server most likely has it. */
  refs: readonly string[];
  onReport?: ReportProgress | undefined;
}

/**
 * A bare copy of a repository on disk, of this process alone. It holds what was ever asked for: one ref of its own for each
 * ref that was fetched, and one for each commit that a run was made of, so that no clean-up drops them.
 */
export class Mirror {
  readonly folder: string;
  readonly #url: GitUrl;
  readonly #owner: MirrorOwner;
  /** Fetches follow one another: the second one often finds that there is nothing left to fetch. */
  #turn: Promise<unknown> = Promise.resolve();
  #isReady = false;

  constructor(owner: MirrorOwner, url: GitUrl, name: string) {
    this.#owner = owner;
    this.#url = url;
    this.folder = join(owner.home.folder, name);
  }

  /** Asks the copy, not the server. @throws Fault `scm-gone` for what it does not have */
  ask(args: readonly string[], signal: AbortSignal, more: Partial<GitCommand> = {}): Promise<string> {
    return this.#run({ args, attempt: this.#attempt('Reading the copy of'), ...more }, signal);
  }

  /**
   * Fetches what is missing of the given ids: by their refs, which any server allows, then each by itself, which finds what
   * a ref no longer leads to. A copy that cannot be used any more is made anew.
   * @throws Fault `scm-gone` when the server has an id no more
   */
  async fetch(fetching: Fetching, signal: AbortSignal): Promise<void> {
    const before = this.#turn;
    const fetched = before.then(() => this.#fetch(fetching, signal));
    this.#turn = fetched.catch(() => undefined);
    await orAborted(before, signal);
    await fetched;
  }

  /** Keeps a commit, however the branches of the server move. */
  async keep(id: string, signal: AbortSignal): Promise<void> {
    await this.ask(['update-ref', `refs/trunkline/kept/${id}`, id], signal);
  }

  async #fetch(fetching: Fetching, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#fetchMissing(fetching, signal);
    } catch (error) {
      if (!(error instanceof UnexplainedGitFault)) throw error;
      this.#owner.logger?.warn(
        { err: error, url: shownGitUrl(this.#url) },
        'the copy of a repository is made anew',
      );
      await this.#discard();
      await this.#fetchMissing(fetching, signal);
    }
  }

  async #fetchMissing({ ids, refs, onReport }: Fetching, signal: AbortSignal): Promise<void> {
    await this.#prepare(ids, signal);
    if ((await this.#missing(ids, signal)).length === 0) return;
    const specs = refs.map((ref) => `+${ref}:refs/trunkline/seen/${hashOf(ref)}`);
    if (specs.length > 0) await unlessGone(this.#fetchSpecs(specs, onReport, signal));
    const missing = await this.#missing(ids, signal);
    const byId = missing.map((id) => `+${id}:refs/trunkline/seen/${id}`);
    if (byId.length > 0) await this.#fetchSpecs(byId, onReport, signal);
    await this.ask(['gc', '--auto', '--quiet'], signal, { totalMs: this.#owner.limits.fetchMs });
  }

  async #missing(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
    const input = `${ids.join('\n')}\n`;
    const answer = await this.ask(['cat-file', '--batch-check=%(objecttype)'], signal, { input });
    const lines = answer.split('\n');
    return ids.filter((_, index) => lines[index]?.endsWith(' missing'));
  }

  async #fetchSpecs(specs: string[], onReport: Fetching['onReport'], signal: AbortSignal): Promise<void> {
    const { fetchMs, fetchIdleMs } = this.#owner.limits;
    const options = [
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      '--no-auto-gc',
      '--progress',
    ];
    const command = {
      args: ['fetch', ...options, '--stdin', '--end-of-options', this.#url.location],
      input: `${specs.join('\n')}\n`,
      attempt: this.#attempt('Fetching from'),
      totalMs: fetchMs,
      idleMs: fetchIdleMs,
      ...(onReport !== undefined && { onStderr: readProgress(onReport) }),
    };
    await this.#run(command, signal);
  }

  /** What a killed git left locked is nobody's: the folder is this process's own. */
  async #prepare(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (this.#isReady) return;
    await removeLocks(this.folder);
    const { home, limits } = this.#owner;
    const format = ids.some((id) => id.length === 64) ? ['--object-format=sha256'] : [];
    const args = ['init', '--bare', '--quiet', ...format, '--', this.folder];
    const init = { args, totalMs: limits.localMs };
    try {
      await runGit(home, { ...init, attempt: this.#attempt('Preparing the copy of') }, signal);
    } catch (error) {
      if (!(error instanceof UnexplainedGitFault)) throw error;
      await this.#discard();
      await runGit(home, { ...init, attempt: this.#attempt('Preparing the copy of') }, signal);
    }
    // git-lfs knows a local server only as a remote, and would let the repository's own `.lfsconfig` name another one.
    const values = { 'remote.origin.url': this.#url.location, 'lfs.url': lfsUrl(this.#url) };
    for (const [key, value] of Object.entries(values)) await this.ask(['config', key, value], signal);
    this.#isReady = true;
  }

  async #discard(): Promise<void> {
    this.#isReady = false;
    const discarded = `${this.folder}.discarded`;
    await rm(discarded, { recursive: true, force: true, maxRetries: 3 });
    await rename(this.folder, discarded).catch(() => undefined);
    await rm(discarded, { recursive: true, force: true, maxRetries: 3 });
  }

  #run(command: Omit<GitCommand, 'totalMs'> & { totalMs?: number }, signal: AbortSignal): Promise<string> {
    const { home, limits } = this.#owner;
    const env = { GIT_DIR: this.folder, ...command.env };
    return runGit(home, { totalMs: limits.localMs, ...command, env }, signal);
  }

  #attempt(doing: string) {
    return { what: `${doing} ${shownGitUrl(this.#url)}`, credentials: this.#owner.config.credentials };
  }
}

/** Waits no longer than until the signal aborts. @throws its reason */
async function orAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The name of a ref may be that of another's folder; its hash is not. */
function hashOf(ref: string): string {
  return createHash('sha256').update(ref).digest('hex').slice(0, 40);
}

/** Where git-lfs itself looks by default. */
function lfsUrl({ scheme, location }: GitUrl): string {
  if (scheme === 'file') return location;
  return location.endsWith('.git') ? `${location}/info/lfs` : `${location}.git/info/lfs`;
}

async function removeLocks(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const locks = entries.filter((name) => name.endsWith('.lock') && !name.startsWith('objects/'));
  await Promise.all(locks.map((name) => rm(join(folder, name), { force: true })));
}

async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'scm-gone')) throw error;
  }
}
