import type { Change } from '../domain/change.ts';
import { Fault } from '../domain/fault.ts';
import { branchOfRef, isNoObject } from '../domain/git-names.ts';
import type { RefMove, RemoteRefs } from '../scm/source-control.ts';
import { hintsSince, refAnnouncements } from '../store/announcements.ts';
import type { Db } from '../store/database.ts';
import { readRefs, type StoredRef, storeRefs } from '../store/git-refs.ts';
import { recordAlarm } from '../store/record-alarm.ts';
import { startGeneration, type WatcherRow } from '../store/watchers.ts';
import { type FoundMoves, readMoves } from './read-moves.ts';
import { storeBatch } from './store-batch.ts';
import type { FindHook } from './store-revisions.ts';
import type { GitWatch } from './watch.ts';

/**
 * Asks for all refs and stores every one that has moved, with what comes of it, in one transaction. Of very many it stores a
 * part and asks again, so that nothing else waits for all of them, and what is stored need not be read again.
 * @returns them, as they were the last time
 * @throws Fault of the repository's server or the database
 */
export async function catchUpWithRefs(
  watch: GitWatch,
  row: WatcherRow,
  signal: AbortSignal,
): Promise<RemoteRefs['refs']> {
  const read = new Set<string>();
  const keyOf = ({ ref, from, to }: RefMove) => `${from} ${to} ${ref}`;
  const isRead = (move: RefMove) => read.has(keyOf(move));
  let position: Position | undefined;
  for (;;) {
    const remote = await watch.scm.refs(signal);
    position ??= await locate(watch, row, remote);
    const known = await readRefs(watch.db, position);
    const found = await readMoves(watch, { ...position, known, remote, readAt: row.read_at, isRead }, signal);
    await store(watch, { ...position, ...found, readAt: row.read_at });
    if (!found.isMore) return remote.refs;
    for (const move of found.read) read.add(keyOf(move));
    position = { ...position, cursor: position.cursor + found.refs.length };
  }
}

async function store(
  watch: GitWatch,
  {
    repository,
    generation,
    cursor,
    refs,
    changes,
    readAt,
  }: Position & FoundMoves & Pick<SeenMoves, 'readAt'>,
): Promise<void> {
  if (refs.length === 0) return;
  await storeBatch(watch, {
    repository,
    generation,
    from: cursor,
    to: cursor + refs.length,
    changes,
    alarms: [],
    findHooks: (tx, found) => hooksOf(tx, found, { repository, refs, readAt }),
    alongside: (tx) => storeRefs(tx, { repository, generation }, refs),
  });
}

interface Position {
  repository: string;
  generation: number;
  /** How many moves are stored; they are stored on condition that it is still so many, hence each once. */
  cursor: number;
}

/** Where to go on: at what is stored, or anew on first contact and when the config names another repository. */
async function locate(watch: GitWatch, row: WatcherRow, remote: RemoteRefs): Promise<Position> {
  const { repository, generation, cursor } = row;
  const isSame = row.root_url === watch.scm.url;
  if (cursor !== null && isSame) return { repository, generation, cursor };
  if (row.root_url === null) return begin(watch, { row, remote, generation });
  const alarm = `The repository's URL changed from ${row.root_url} to ${watch.scm.url}: it is another repository`;
  watch.logger.error({ repository, alarm }, 'Repository replaced: watching it anew from its present refs');
  const position = await begin(watch, { row, remote, generation: generation + 1 });
  await recordAlarm(watch.db, { repository, key: `generation-${position.generation}`, alarm });
  return position;
}

/** History begins with the refs as they are, so that there is no storm of builds; a hook that came first still counts. */
async function begin(
  { db, scm }: GitWatch,
  { row, remote, generation }: { row: WatcherRow; remote: RemoteRefs; generation: number },
): Promise<Position> {
  const { repository } = row;
  const present = [...remote.refs].map(([ref, objectId]) => ({ ref, objectId }));
  const isFirstContact = generation === row.generation;
  const announced = isFirstContact ? await refAnnouncements(db, repository, present) : [];
  const before = new Map(announced.map(({ ref, before: id, after }) => [`${ref} ${after}`, id]));
  const refs = [...remote.refs].map(([ref, objectId]): StoredRef => {
    const earlier = before.get(`${ref} ${objectId}`) ?? objectId;
    return { ref, objectId: isNoObject(earlier) ? null : earlier, move: 0 };
  });
  const position = { repository, generation, cursor: 0 };
  await db.transaction().execute(async (tx) => {
    const start = { ...position, known: row.generation, uuid: null, rootUrl: scm.url };
    if ((await startGeneration(tx, start)) === undefined) throw overtaken(repository);
    await storeRefs(tx, position, refs);
  });
  return position;
}

function overtaken(repository: string): Fault {
  return new Fault('internal', `Another server began to watch ${repository} at the same moment`, {
    hint: 'Nothing is lost; the next poll goes on where the other server stopped.',
  });
}

interface SeenMoves {
  repository: string;
  refs: readonly StoredRef[];
  /** When the refs were read before. */
  readAt: Date | null;
}

/**
 * The newest hook that announced just this of just this ref; else one that has come since the refs were read last, and said
 * no more than that something happened to the ref, or to the repository.
 */
async function hooksOf(
  tx: Db,
  changes: readonly Change[],
  { repository, refs, readAt }: SeenMoves,
): Promise<FindHook> {
  if (changes.length === 0) return () => undefined;
  const announced = await refAnnouncements(tx, repository, refs);
  const hints = readAt === null ? [] : await hintsSince(tx, repository, readAt);
  return ({ branch, move }) => {
    const moved = refs.find((ref) => ref.move === move && branchOfRef(ref.ref) === branch);
    const becomes = (after: string) =>
      moved?.objectId === null ? isNoObject(after) : after === moved?.objectId;
    const push = announced.find(({ ref, after }) => ref === moved?.ref && becomes(after));
    return (push ?? hints.find(({ ref }) => ref === moved?.ref || ref === null))?.eventId;
  };
}
