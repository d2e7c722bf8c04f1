import { Fault } from '../domain/fault.ts';
import type { RepositoryIdentity } from '../scm/source-control.ts';
import { firstAnnouncedRevision } from '../store/announcements.ts';
import { closeEvent } from '../store/events.ts';
import { noteNewest, startGeneration, type WatcherRow } from '../store/watchers.ts';
import type { Announcements } from './announcements.ts';
import { beginAfterRestore, beginAnew, isOnlyLower } from './begin-after-restore.ts';
import { followLateExternals } from './follow-late-externals.ts';
import type { CaughtUp } from './follower.ts';
import type { LowerHead } from './lower-head.ts';
import { overtaken } from './overtaken.ts';
import { chunkSize, isAsRead, type Position, readRevisions } from './read-revisions.ts';
import type { SubversionWatch } from './watch.ts';

export interface CatchUp extends CaughtUp {
  /** Up to where history is stored now. */
  cursor: number;
}

/**
 * Reads what is new in a repository, once: with a fresh hook up to the revision it names, which costs a single request to
 * the server; else, or when that revision cannot be had, up to HEAD, which is asked for first and then fixed.
 * @throws Fault of the repository's server or the database; what was read before is stored
 */
export async function catchUp(
  watch: SubversionWatch,
  request: {
    row: WatcherRow;
    announcements: Announcements;
    lower: LowerHead;
    isOnlyHook: boolean;
    isUnsure: boolean;
  },
  signal: AbortSignal,
): Promise<CatchUp> {
  const { row, announcements, lower, isUnsure } = request;
  const known =
    row.cursor === null
      ? undefined
      : { generation: row.generation, cursor: row.cursor, date: row.cursor_date };
  if (known !== undefined) await followLate(watch, known, signal);
  if (known !== undefined && (await readAnnounced(watch, known, { announcements, signal }))) {
    announcements.passed(known.cursor);
    if (request.isOnlyHook) return { askedForHead: false, cursor: known.cursor };
  }
  const identity = await watch.scm.identify(signal);
  const position = await readToHead(watch, { row, known, identity, lower, isUnsure }, signal);
  for (const { eventId, revision } of announcements.readUpToHead(identity.head, performance.now())) {
    await closeEvent(
      watch.db,
      eventId,
      `r${revision} was announced but did not appear; HEAD is r${identity.head}`,
    );
  }
  const newest = announcements.newestKnown(Math.max(identity.head, position.cursor));
  return { askedForHead: true, cursor: position.cursor, newest };
}

/** What cannot be had, because the repository went back or is another one, waits until `locate` has looked at that. */
async function followLate(watch: SubversionWatch, position: Position, signal: AbortSignal): Promise<void> {
  try {
    await followLateExternals(watch, position, signal);
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'scm-gone')) throw error;
  }
}

/** @returns where it has come to */
async function readToHead(watch: SubversionWatch, place: Place, signal: AbortSignal): Promise<Position> {
  const { row, identity } = place;
  const position = await locate(watch, place, signal);
  const isToCheck = place.isUnsure && identity.head === position.cursor;
  if (identity.head - position.cursor > chunkSize) await noteNewest(watch.db, row.repository, identity.head);
  const reading = { position, to: identity.head, eventId: null };
  const isSame = isToCheck
    ? await isAsRead(watch, position, signal)
    : await readRevisions(watch, reading, signal);
  if (isSame) return position;
  const restored = await beginAfterRestore(watch, { row, identity, position }, signal);
  await readRevisions(watch, { ...reading, position: restored }, signal);
  return restored;
}

interface Place {
  row: WatcherRow;
  known: Position | undefined;
  identity: RepositoryIdentity;
  lower: LowerHead;
  /** The repository may be another one by now though its HEAD is where it was. */
  isUnsure: boolean;
}

/** @returns false when HEAD has to be asked for */
async function readAnnounced(
  watch: SubversionWatch,
  position: Position,
  { announcements, signal }: { announcements: Announcements; signal: AbortSignal },
): Promise<boolean> {
  announcements.passed(position.cursor);
  const to = announcements.newestAfter(position.cursor);
  if (to === undefined) return !announcements.hasFresh;
  try {
    const eventId = announcements.eventOf(to) ?? null;
    return await readRevisions(watch, { position, to, eventId }, signal);
  } catch (error) {
    // A mirror that lags behind, or a made-up revision.
    if (error instanceof Fault && error.code === 'scm-gone') return false;
    throw error;
  }
}

/** Where to go on reading: at the cursor, or at a new one on first contact and when the repository is another one. */
async function locate(
  watch: SubversionWatch,
  { row, known, identity, lower }: Place,
  signal: AbortSignal,
): Promise<Position> {
  if (known === undefined) return begin(watch, { row, identity });
  const isOther = row.uuid !== identity.uuid;
  const place = { identity, position: known };
  const isLower = !isOther && identity.head < known.cursor;
  if (isLower && (await isOnlyLower(watch, place, signal)) && lower.mayBeMirror(performance.now()))
    return known;
  lower.isOver();
  if (!isOther && !isLower) return known;
  const why = isOther
    ? `The repository's UUID changed from ${row.uuid} to ${identity.uuid}: it is another repository`
    : `HEAD went back from r${known.cursor} to r${identity.head}: the repository was restored from a backup`;
  return beginAnew(watch, { row, ...place, why }, signal);
}

/** History begins at HEAD, so that there is no storm of builds; a hook that came first still counts. */
async function begin(
  watch: SubversionWatch,
  { row: { repository, generation }, identity }: Pick<Place, 'row' | 'identity'>,
): Promise<Position> {
  const { uuid, rootUrl, head } = identity;
  const announced = await firstAnnouncedRevision(watch.db, repository);
  const isBelievable = announced !== null && announced > Math.max(0, head - chunkSize);
  const cursor = isBelievable ? Math.min(head, announced - 1) : head;
  const start = { repository, known: generation, generation, cursor, uuid, rootUrl };
  if ((await startGeneration(watch.db, start)) === undefined) throw overtaken(repository);
  return { generation, cursor, date: null };
}
