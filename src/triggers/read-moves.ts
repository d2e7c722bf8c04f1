import type { Revision } from '../domain/change.ts';
import { branchOfRef } from '../domain/git-names.ts';
import type { RefMove, RemoteRefs } from '../scm/source-control.ts';
import type { StoredRef } from '../store/git-refs.ts';
import { type DecidedChange, decideChange } from './decide-revision.ts';
import type { GitWatch } from './watch.ts';

export interface SeenRefs {
  repository: string;
  generation: number;
  /** As they were seen last. */
  known: ReadonlyMap<string, StoredRef>;
  remote: RemoteRefs;
}

export interface FoundMoves {
  /** What has become of the refs that moved or are gone. */
  refs: StoredRef[];
  changes: DecidedChange[];
}

/** What has happened to each ref since it was seen last. A ref that is gone is remembered as that and makes no change. */
export async function readMoves(watch: GitWatch, seen: SeenRefs, signal: AbortSignal): Promise<FoundMoves> {
  const { known, remote } = seen;
  const found: FoundMoves = { refs: goneRefs(seen), changes: [] };
  const moves = [...remote.refs].flatMap(([ref, to]): RefMove[] => {
    const from = known.get(ref)?.objectId ?? null;
    return from === to ? [] : [{ ref, from, to }];
  });
  if (moves.length === 0) return found;
  const entries = watch.entries();
  for await (const { move, revision } of watch.scm.readMoves({ moves, base: baseOf(remote) }, signal)) {
    const ref = { ref: move.ref, objectId: move.to, move: (known.get(move.ref)?.move ?? 0) + 1 };
    found.refs.push(ref);
    if (revision !== null) found.changes.push(decideChange(changeOf(seen, ref, revision), entries));
  }
  return found;
}

function goneRefs({ known, remote }: SeenRefs): StoredRef[] {
  return [...known.values()]
    .filter(({ ref, objectId }) => objectId !== null && !remote.refs.has(ref))
    .map((stored) => ({ ...stored, objectId: null }));
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
