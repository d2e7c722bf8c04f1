import { shownGitUrl } from '../../config/git-url.ts';
import type { Revision } from '../../domain/change.ts';
import { Fault } from '../../domain/fault.ts';
import { refOfBranch } from '../../domain/git-names.ts';
import type { CommitWish, GitSource, Place } from '../source-control.ts';
import { exportTree } from './export-tree.ts';
import { commitId, objectAt, treePath } from './git-paths.ts';
import type { Mirror } from './mirror.ts';
import { commitOf, readCommit } from './read-commit.ts';
import { readMoves } from './read-moves.ts';
import { readRemoteRefs } from './remote-refs.ts';
import { type GitOptions, type GitRepository, openRepository } from './repository.ts';

const defaultFileBytes = 1024 * 1024;

/**
 * Git through the installed command line client and one bare copy of each repository.
 * @throws Fault `scm-denied` for a URL that is not allowed
 */
export function createGit(options: GitOptions): GitSource {
  const repository = openRepository(options);
  const url = shownGitUrl(repository.url);
  return {
    kind: 'git',
    url,
    refs: (signal) => readRemoteRefs(repository, signal),
    readMoves: (request, signal) => readMoves(repository, request, signal),
    findCommit: (wish, signal) => findCommit(repository, wish, signal),
    exportTree: (request, signal) => exportTree(repository, request, signal),
    readFile: (request, signal) => readFile(repository, request, signal),
    async list(place, signal) {
      const mirror = await mirrorWith(repository, place, signal);
      const lines = await mirror.ask(['ls-tree', '-z', objectAt(place.revision, place.path)], signal);
      return lines.split('\0').filter(Boolean).map(nameIn);
    },
    urlOf({ path, revision }) {
      const below = treePath(path);
      return `${url}#${commitId(revision)}${below === '' ? '' : `:${below}`}`;
    },
  };
}

/** The copy, once it has the commit. */
async function mirrorWith(
  repository: GitRepository,
  { branch = '', revision }: Place,
  signal: AbortSignal,
): Promise<Mirror> {
  const mirror = await repository.mirrorOf(repository.url);
  const ref = refOfBranch(branch);
  await mirror.fetch({ refs: ref === null ? [] : [ref], ids: [commitId(revision)] }, signal);
  return mirror;
}

async function readFile(
  repository: GitRepository,
  request: Place & { maxBytes?: number },
  signal: AbortSignal,
): Promise<string> {
  const { path, revision, maxBytes = defaultFileBytes } = request;
  const mirror = await mirrorWith(repository, request, signal);
  const object = objectAt(revision, path);
  // Only the fetch may take long.
  const within = { totalMs: repository.limits.queryMs };
  const bytes = Number(await mirror.ask(['cat-file', '-s', object], signal, within));
  if (bytes <= maxBytes) return mirror.ask(['cat-file', 'blob', object], signal, within);
  throw new Fault('scm-broken-tree', `Reading ${path} failed: it is longer than ${maxBytes} bytes`, {
    hint: 'Make it smaller in the repository',
    isRetryable: false,
  });
}

async function findCommit(
  repository: GitRepository,
  { ref, tip, id }: CommitWish,
  signal: AbortSignal,
): Promise<Revision | undefined> {
  if (!/^[0-9a-f]{4,64}$/.test(id)) return undefined;
  const mirror = await repository.mirrorOf(repository.url);
  await mirror.fetch({ refs: [ref], ids: [tip] }, signal);
  const commit = (await commitOf(mirror, id, signal)) ?? (await fetchedCommit(mirror, id, signal));
  return commit === undefined ? undefined : readCommit(mirror, commit, signal);
}

/** A commit that no ref which was asked for leads to. */
async function fetchedCommit(mirror: Mirror, id: string, signal: AbortSignal): Promise<string | undefined> {
  if (id.length < 40) return undefined;
  try {
    await mirror.fetch({ refs: [], ids: [id] }, signal);
  } catch (error) {
    if (error instanceof Fault && error.code === 'scm-gone') return undefined;
    throw error;
  }
  return commitOf(mirror, id, signal);
}

/** `MODE KIND ID<tab>NAME` */
function nameIn(line: string): string {
  const [, kind, name = ''] = /^\d+ (\w+) [0-9a-f]+\t(.*)$/s.exec(line) ?? [];
  return kind === 'blob' ? name : `${name}/`;
}
