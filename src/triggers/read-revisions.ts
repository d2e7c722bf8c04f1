import {
  type BranchLayout,
  branchFolder,
  isOnOverlongBranch,
  longestBranch,
} from '../domain/branch-layout.ts';
import type { Change, Revision } from '../domain/change.ts';
import { renamedBranches } from '../domain/renamed-branches.ts';
import type { Db } from '../store/database.ts';
import { endGivenUp, eventsByKey, keyInGeneration, revisionKey } from '../store/events.ts';
import { storeTreeEvents } from '../store/external-uses.ts';
import { withCopiedBranches } from './copied-containers.ts';
import { changesOf, type DecidedChange, decideChange, withTurns } from './decide-revision.ts';
import { branchesDeletedWith } from './deleted-containers.ts';
import {
  type ExternalUses,
  noEvents,
  readExternalUses,
  withExternalPaths,
  withFollowers,
} from './follow-externals.ts';
import { withoutImpliedFolders } from './implied-folders.ts';
import { existenceIn, withPropertyNames } from './revision-facts.ts';
import { storeBatch } from './store-batch.ts';
import type { FindHook, RevisionAlarm, RevisionBatch } from './store-revisions.ts';
import type { CatalogueEntry, SubversionWatch } from './watch.ts';

/** Revisions asked for in one request, and stored in one transaction at most. */
export const chunkSize = 500;

/** A transaction is closed early when it holds this many paths and decisions, so that memory stays flat. */
const batchWeight = 20_000;

/** Up to where history is stored; moves on with every batch. */
export interface Position {
  readonly generation: number;
  cursor: number;
  /** When the revision of the cursor was committed; null where that is not known. */
  date: string | null;
}

/** The revision of the cursor is read once more: by its date it is seen whether it is still the same one. */
export function rangeAfter(cursor: number, to: number): { from: number; to: number } {
  return { from: Math.max(1, cursor), to: Math.min(cursor + chunkSize, to) };
}

export interface Reading {
  position: Position;
  to: number;
  /** The hook that asked for it; null for a poll. */
  eventId: string | null;
}

/** What has been read and is not stored yet. */
interface Unstored {
  /** The last of it, and when that was committed. */
  last: number;
  date: string | null;
  changes: DecidedChange[];
  alarms: RevisionAlarm[];
  weight: number;
}

/**
 * Reads the revisions after the position up to `to`, in order, stores what they are and what follows from them, and
 * puts the runs into the queue. Stopped anywhere, it has stored a beginning of them, whole.
 * @returns false when the revision of the cursor is not the one that was read: the repository was restored from a backup
 */
export async function readRevisions(
  watch: SubversionWatch,
  reading: Reading,
  signal: AbortSignal,
): Promise<boolean> {
  const { position, to } = reading;
  while (position.cursor < to) {
    if (!(await readChunk(watch, reading, signal))) return false;
  }
  return true;
}

async function readChunk(watch: SubversionWatch, reading: Reading, signal: AbortSignal): Promise<boolean> {
  const { position } = reading;
  const { cursor } = position;
  const chunk = rangeAfter(cursor, reading.to);
  const entries = watch.entries();
  // Asked for while the server answers, so that it costs nothing.
  const asked = readExternalUses(watch, position.generation);
  asked.catch(() => undefined);
  let unstored = nothing();
  for await (const revision of watch.scm.revisions(chunk, signal)) {
    const isKnown = Number(revision.revision) <= cursor;
    if (isKnown && isAnother(revision, position)) return false;
    if (isKnown) continue;
    const facts = { position, entries, uses: await asked, before: unstored.changes };
    add(
      unstored,
      { revision, layout: watch.layout },
      await decideRevision(watch, { revision, ...facts }, signal),
    );
    if (unstored.weight < batchWeight) continue;
    await store(watch, reading, { ...unstored, uses: await asked, to: Number(revision.revision) });
    unstored = nothing();
  }
  if (position.cursor < chunk.to) {
    const date = unstored.last === chunk.to ? unstored.date : null;
    await store(watch, reading, { ...unstored, date, uses: await asked, to: chunk.to });
  }
  return true;
}

function add(
  unstored: Unstored,
  { revision, layout }: { revision: Revision; layout: BranchLayout },
  decided: readonly DecidedChange[],
): void {
  unstored.changes.push(...decided);
  unstored.weight += weightOf(decided);
  unstored.last = Number(revision.revision);
  unstored.date = revision.committedAt;
  unstored.alarms.push(...alarmsOf(revision, layout));
}

/** What of a revision is not as it should be; it is stored all the same, so that nothing behind it waits. */
function alarmsOf({ revision, isIncomplete, paths }: Revision, layout: BranchLayout): RevisionAlarm[] {
  const isOverlong = paths.some(({ path }) => isOnOverlongBranch(layout, path));
  return [
    ...(isIncomplete
      ? [{ revision, why: 'could be read in part only; pipelines were decided on what is known of it' }]
      : []),
    ...(isOverlong
      ? [
          {
            revision,
            why: `touches a branch whose name is longer than ${longestBranch} bytes: nothing runs on it`,
          },
        ]
      : []),
  ];
}

/** Whether the revision of the cursor is still the one that was read. */
export async function isAsRead(
  watch: SubversionWatch,
  position: Position,
  signal: AbortSignal,
): Promise<boolean> {
  const { cursor, date } = position;
  if (date === null) return true;
  for await (const revision of watch.scm.revisions({ from: cursor, to: cursor }, signal))
    if (isAnother(revision, position)) return false;
  return true;
}

function isAnother({ committedAt }: Revision, { date }: Position): boolean {
  return date !== null && committedAt !== null && committedAt !== date;
}

interface ReadRevision {
  revision: Revision;
  position: Position;
  entries: readonly CatalogueEntry[];
  uses: ExternalUses;
  /** What was read before it and is not stored yet. */
  before: readonly DecidedChange[];
}

/** What a revision did to each branch, and what every pipeline makes of it; asks the server where that depends on more. */
async function decideRevision(
  watch: SubversionWatch,
  read: ReadRevision,
  signal: AbortSignal,
): Promise<DecidedChange[]> {
  const { entries, uses } = read;
  const origin = originOf(watch, read.position);
  const whole = await withCopiedBranches(watch.scm, read.revision, { origin, signal });
  const named = entries.length === 0 ? whole : await withPropertyNames(watch, whole, signal);
  const revision = withoutImpliedFolders(named, watch.layout);
  const { ownUser } = watch;
  const decided: DecidedChange[] = [];
  const before = read.before.map(({ change }) => change);
  const gone = await branchesDeletedWith(watch.db, revision, { origin, read: before });
  const renames = renamedBranches(watch.layout, revision.paths);
  const all = withTurns(changesOf(revision, origin), gone, renames);
  const changes = withExternalPaths(all, uses, { revision, origin });
  for (const change of changes) {
    const exists = await existenceIn(watch, { change, entries }, signal);
    decided.push(decideChange(change, entries, { exists, ownUser }));
  }
  return withFollowers(decided, watch, { uses, revision, origin });
}

function nothing(): Unstored {
  return { last: 0, date: null, changes: [], alarms: [], weight: 0 };
}

async function store(
  watch: SubversionWatch,
  { position, eventId }: Reading,
  { date, changes, alarms, uses, to }: Unstored & { uses: ExternalUses; to: number },
): Promise<void> {
  const { name } = watch.repository;
  const hasNoBranches = branchFolder(watch.layout, 'trunk') === '';
  const { generation, cursor: from } = position;
  const findHooks: RevisionBatch['findHooks'] =
    eventId === null
      ? (tx, found) => revisionHooks(tx, found, { name, generation })
      : async () => () => eventId;
  const alongside = (tx: Db) =>
    storeTreeEvents(tx, { ...uses.events, repository: name, hasNoBranches, generation, revision: to });
  const batch = { repository: name, generation, from, to, date, changes, alarms };
  await storeBatch(watch, { ...batch, findHooks, alongside });
  position.cursor = to;
  position.date = date;
  uses.events = noEvents();
}

/** What a poll found may have been announced by a hook that is still to be looked at, or that was given up. */
async function revisionHooks(
  tx: Db,
  changes: readonly Change[],
  origin: { name: string; generation: number },
): Promise<FindHook> {
  const keyOf = ({ revision }: Change) => keyInGeneration(revisionKey('commit', revision), origin);
  const events = await eventsByKey(tx, [...new Set(changes.map(keyOf))]);
  await endGivenUp(tx, [...events.values()]);
  return (change) => events.get(keyOf(change));
}

function originOf({ repository, layout }: SubversionWatch, { generation }: Position) {
  return { repository: repository.name, generation, layout };
}

function weightOf(decided: readonly DecidedChange[]): number {
  return decided.reduce((sum, { change, decisions }) => sum + change.paths.length + decisions.length, 1);
}
