import { gitTag } from '../domain/branch-events.ts';
import type { Change, Revision } from '../domain/change.ts';
import { branchOfRef } from '../domain/git-names.ts';
import type { RefMove, RemoteRefs } from '../scm/source-control.ts';
import { refAnnouncements } from '../store/announcements.ts';
import { lastRevisions, type StoredRef } from '../store/git-refs.ts';
import { type DecidedChange, decideChange } from './decide-revision.ts';
import { existenceIn } from './revision-facts.ts';
import { withToldParts } from './told-parts.ts';
import type { GitWatch } from './watch.ts';

export interface SeenRefs {
  repository: string;
  generation: number;
  /** As they were seen last. */
  known: ReadonlyMap<string, StoredRef>;
  remote: RemoteRefs;
  /** When that was; null: never. */
  readAt: Date | null;
  /** Whether a move was read before, however that ended. */
  isRead(move: RefMove): boolean;
}

export interface FoundMoves {
  /** What has become of the refs that moved or are gone. */
  refs: StoredRef[];
  changes: DecidedChange[];
  /** What was read now. */
  read: readonly RefMove[];
  /** Whether there are moves that were not. */
  isMore: boolean;
}

/** Each costs some processes of git: with a push of thousands of refs, other pushes wait for no more than these. */
const mostAtOnce = 200;

/** What has happened to refs since they were seen last, first of all to those that were there before. A branch that is gone makes a change, too, of the commit that it had. */
export async function readMoves(watch: GitWatch, seen: SeenRefs, signal: AbortSignal): Promise<FoundMoves> {
  const { known, remote } = seen;
  const entries = watch.entries();
  const gone = goneRefs(seen);
  const deleted = await deletedBranches(watch, { ...seen, gone }, signal);
  const waiting = [...remote.refs].flatMap(([ref, to]): RefMove[] => {
    const from = known.get(ref)?.objectId ?? null;
    return from === to || seen.isRead({ ref, from, to }) ? [] : [{ ref, from, to }];
  });
  const moves = waiting.toSorted((a, b) => Number(a.from === null) - Number(b.from === null));
  const isMore = moves.splice(mostAtOnce).length > 0;
  const found: FoundMoves = {
    refs: gone,
    changes: deleted.map((change) => decideChange(change, entries)),
    read: moves,
    isMore,
  };
  if (moves.length === 0) return found;
  const told = await withToldParts(watch.db, seen, moves);
  const isToSkip = await unwantedOf(watch, seen.repository, told);
  const counted = new Map([...known.values()].map(({ ref, move }) => [ref, move]));
  for await (const { move, revision } of watch.scm.readMoves({ moves: told, base: baseOf(remote) }, signal)) {
    const ref = { ref: move.ref, objectId: move.to, move: (counted.get(move.ref) ?? 0) + 1 };
    counted.set(ref.ref, ref.move);
    found.refs.push(ref);
    if (revision === null) continue;
    const change: Change = { ...changeOf(seen, ref, revision), ...happenedTo(ref.ref, move.from) };
    if (move.to !== change.revision) change.tagObject = move.to;
    if (isToSkip(move)) change.pushOption = 'ci.skip';
    const exists = await existenceIn(watch, { change, entries }, signal);
    found.changes.push(decideChange(change, entries, { exists, ownUser: null }));
  }
  return found;
}

/** Which moves are, by the newest hook that told of them, not wanted by whoever pushed them. */
async function unwantedOf(
  { db }: GitWatch,
  repository: string,
  moves: readonly RefMove[],
): Promise<(move: RefMove) => boolean> {
  const refs = moves.flatMap(({ ref, to, told = [] }) =>
    [...told, to].map((objectId) => ({ ref, objectId })),
  );
  const announced = await refAnnouncements(db, repository, refs);
  return ({ ref, to }) => announced.find((told) => told.ref === ref && told.after === to)?.isToSkip === true;
}

/** Gone is a move like another: what comes back later is the next one. */
function goneRefs({ known, remote }: SeenRefs): StoredRef[] {
  return [...known.values()]
    .filter(({ ref, objectId }) => objectId !== null && !remote.refs.has(ref))
    .map(({ ref, move }) => ({ ref, objectId: null, move: move + 1 }));
}

/**
 * Who deleted a branch, and why, Git does not keep. Its last commit stands for it; where that cannot be had any more, the
 * newest one of the default branch.
 */
async function deletedBranches(
  watch: GitWatch,
  seen: SeenRefs & { gone: readonly StoredRef[] },
  signal: AbortSignal,
): Promise<Change[]> {
  const { repository, generation, known, gone } = seen;
  const heads = gone.filter(({ ref }) => ref.startsWith('refs/heads/'));
  if (heads.length === 0) return [];
  const branchOf = ({ ref }: StoredRef) => branchOfRef(ref) ?? ref;
  const last = await lastRevisions(watch.db, { repository, generation }, heads.map(branchOf));
  const unread = heads.flatMap((head): RefMove[] => {
    const to = known.get(head.ref)?.objectId ?? null;
    return to === null || last.has(branchOf(head)) ? [] : [{ ref: head.ref, from: null, to }];
  });
  const base = baseOf(seen.remote);
  const had = new Map<string, string>();
  for await (const { move, revision } of watch.scm.readMoves({ moves: unread, base }, signal)) {
    if (revision !== null) had.set(move.ref, revision.revision);
  }
  return heads.map((head): Change => {
    const branch = branchOf(head);
    const revision = last.get(branch) ?? had.get(head.ref) ?? base?.to ?? noObject;
    const place = { repository, generation, branch, move: head.move, revision };
    const root = { path: '', action: 'deleted', kind: 'directory' } as const;
    return { ...place, author: null, committedAt: null, message: '', paths: [root], happened: 'deleted' };
  });
}

/** Of a repository that has nothing left at all. */
const noObject = '0'.repeat(40);

function happenedTo(ref: string, from: string | null): Pick<Change, 'happened' | 'tag' | 'isMovedTag'> {
  const tag = gitTag(branchOfRef(ref) ?? ref);
  return {
    ...(tag !== undefined && { tag }),
    ...(from === null && { happened: 'created' as const }),
    ...(tag !== undefined && from !== null && { isMovedTag: true as const }),
  };
}

function baseOf({ refs, defaultRef }: RemoteRefs): { ref: string; to: string } | null {
  const to = defaultRef === null ? undefined : refs.get(defaultRef);
  return defaultRef === null || to === undefined ? null : { ref: defaultRef, to };
}

function changeOf({ repository, generation }: SeenRefs, { ref, move }: StoredRef, revision: Revision) {
  const { author, committedAt, message, paths } = revision;
  const branch = branchOfRef(ref) ?? ref;
  return {
    ...{ repository, generation, branch, move, revision: revision.revision },
    ...{ author, committedAt, message, paths },
  };
}
