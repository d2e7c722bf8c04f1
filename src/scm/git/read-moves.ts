import type { ChangedPath, Revision } from '../../domain/change.ts';
import { Fault } from '../../domain/fault.ts';
import type { MovesRequest, ReadMove, RefMove } from '../source-control.ts';
import type { Mirror } from './mirror.ts';
import { commitOf, readCommit } from './read-commit.ts';
import type { GitRepository } from './repository.ts';

/** What each move brought; see `GitSource.readMoves`. */
export async function* readMoves(
  repository: GitRepository,
  { moves, base }: MovesRequest,
  signal: AbortSignal,
): AsyncGenerator<ReadMove, void> {
  const mirror = await repository.mirrorOf(repository.url);
  const wanted = base === null ? moves : [...moves, { ...base, from: null }];
  const refs = [...new Set(wanted.map(({ ref }) => ref))];
  const ids = [...new Set(wanted.map(({ to }) => to))];
  const isAllThere = await isFetched(mirror, { refs, ids }, signal);
  const baseCommit = base === null ? undefined : await commitOf(mirror, base.to, signal);
  for (const move of moves) {
    const isThere = isAllThere || (await isFetched(mirror, { refs: [], ids: [move.to] }, signal));
    if (!isThere) continue;
    const ownBase = move.ref === base?.ref ? undefined : baseCommit;
    for (const part of await partsOf(mirror, move, signal))
      yield { move: part, revision: await readMove(mirror, { move: part, baseCommit: ownBase }, signal) };
  }
}

/** What was pushed over, so that the ref's history does not lead through it, is no part: nobody may be able to fetch it. */
async function partsOf(
  mirror: Mirror,
  { ref, from, to, told = [] }: RefMove,
  signal: AbortSignal,
): Promise<RefMove[]> {
  const parts: RefMove[] = [];
  let reached = from;
  for (const id of told) {
    if (!(await leadsThrough(mirror, { id, to }, signal))) break;
    parts.push({ ref, from: reached, to: id });
    reached = id;
  }
  return [...parts, { ref, from: reached, to }];
}

async function leadsThrough(
  mirror: Mirror,
  { id, to }: { id: string; to: string },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await mirror.ask(['merge-base', '--is-ancestor', '--end-of-options', id, to], signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** Whether the copy has all of it now. */
async function isFetched(
  mirror: Mirror,
  fetching: { refs: string[]; ids: string[] },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await mirror.fetch(fetching, signal);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'scm-gone') return false;
    throw error;
  }
}

async function readMove(
  mirror: Mirror,
  { move, baseCommit }: { move: RefMove; baseCommit: string | undefined },
  signal: AbortSignal,
): Promise<Revision | null> {
  const commit = await commitOf(mirror, move.to, signal);
  if (commit === undefined) return null;
  const start = await startOf(mirror, { move, commit, baseCommit }, signal);
  const paths = await changedPaths(mirror, { start: start?.commit, commit }, signal);
  const nothing = paths.length === 0 ? [withoutPaths(start)] : [];
  return { ...(await readCommit(mirror, commit, signal)), paths: [...nothing, ...paths] };
}

interface Start {
  commit: string;
  isCopied: boolean;
}

/** What a move that changes no file touches: all of a copy; else the root itself, so that an empty or reworded commit counts where any path does. */
function withoutPaths(start: Start | undefined): ChangedPath {
  const root = { path: '', kind: 'directory' } as const;
  if (start === undefined) return { ...root, action: 'added' };
  if (!start.isCopied) return { ...root, action: 'modified' };
  return { ...root, action: 'added', copiedFrom: { path: '', revision: start.commit } };
}

/**
 * What a move is compared with: where the ref was before, if that can still be had; for a new ref, where it left the default
 * branch, so that one that was made there and changed nothing counts as a copy of everything. Undefined: with nothing at all.
 */
async function startOf(
  mirror: Mirror,
  { move, commit, baseCommit }: { move: RefMove; commit: string; baseCommit: string | undefined },
  signal: AbortSignal,
): Promise<Start | undefined> {
  if (move.from !== null && (await isFetched(mirror, { refs: [], ids: [move.from] }, signal))) {
    const before = await commitOf(mirror, move.from, signal);
    if (before !== undefined) return { commit: before, isCopied: false };
  }
  if (baseCommit === undefined) return undefined;
  // Exit code 1, without a word: no common ancestor.
  const bases = await mirror
    .ask(['merge-base', '--end-of-options', commit, baseCommit], signal)
    .catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof Fault) return '';
      throw error;
    });
  const forked = bases.trim().split('\n')[0] ?? '';
  return forked === '' ? undefined : { commit: forked, isCopied: true };
}

const actions: Readonly<Record<string, ChangedPath['action']>> = { A: 'added', D: 'deleted' };

async function changedPaths(
  mirror: Mirror,
  { start, commit }: { start: string | undefined; commit: string },
  signal: AbortSignal,
): Promise<ChangedPath[]> {
  const options = ['-r', '-z', '--no-renames', '--name-status', '--end-of-options'];
  const args = ['diff-tree', ...options, start ?? emptyTreeOf(commit), commit];
  const fields = (await mirror.ask(args, signal)).split('\0');
  const paths: ChangedPath[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [status = '', path = ''] = fields.slice(at, at + 2);
    paths.push({ path, action: actions[status] ?? 'modified', kind: 'file' });
  }
  return paths;
}

/** Git knows it without having it. */
function emptyTreeOf(commit: string): string {
  const sha256 = '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321';
  return commit.length === 64 ? sha256 : '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
}
