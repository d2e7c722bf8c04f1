import { randomUUID } from 'node:crypto';
import type { Change } from '../domain/change.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { insertChanges, insertDecisions } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { storeEvent } from '../store/events.ts';
import { type Alarm, recordAlarm } from '../store/record-alarm.ts';
import { isUnstorable } from '../store/sql-state.ts';
import { announceWaiting, endOlderWaiting } from '../store/waiting-changes.ts';
import { moveCursor } from '../store/watchers.ts';
import { collapseToLatest } from './collapse-to-latest.ts';
import type { DecidedChange } from './decide-revision.ts';
import { makeFollowerRuns } from './make-follower-runs.ts';
import { type AttributedChange, type MadeRuns, makeRuns } from './make-runs.ts';
import type { CreateRun } from './watch.ts';
import { withoutEarlierRuns } from './without-earlier-runs.ts';

/** Consecutive revisions, decided; `from` is the cursor before them, `to` the cursor after them. */
export interface RevisionBatch {
  repository: string;
  generation: number;
  from: number;
  to: number;
  /** When `to` was committed; null where that is not known. */
  date?: string | null;
  /** Oldest first. */
  changes: readonly DecidedChange[];
  alarms: readonly RevisionAlarm[];
  /** Finds the hooks that announced them, within the transaction. */
  findHooks(tx: Db, changes: readonly Change[]): Promise<FindHook>;
  /** Stores what belongs to them, within the transaction. */
  alongside?(tx: Db): Promise<void>;
}

/** What an operator has to know of a revision; `why` goes on after its number. */
export interface RevisionAlarm {
  revision: string;
  why: string;
}

/** The event of the hook that announced a change; undefined when none did. */
export type FindHook = (change: Change) => string | undefined;

export interface StoredBatch {
  runIds: string[];
  /** Revisions that touched a branch and that no hook has announced. */
  unannounced: string[];
}

/**
 * Stores changes, decisions, runs and the cursor in one transaction, which happens only if the cursor still stands
 * at `from`: whatever dies, and whoever else reads the same revisions, each of them counts once and in order.
 * @returns undefined when the cursor was moved by somebody else; nothing is stored then
 */
export async function storeRevisions(
  db: Db,
  batch: RevisionBatch,
  createRun: CreateRun,
): Promise<StoredBatch | undefined> {
  return db.transaction().execute(async (tx) => {
    const moved = await moveCursor(tx, batch);
    if (moved === undefined) return undefined;
    await batch.alongside?.(tx);
    for (const alarm of batch.alarms) await recordAlarm(tx, alarmOf(batch, alarm));
    const { eventOf, unannounced } = await findEvents(tx, batch);
    const fresh = await withoutEarlierRuns(tx, batch, batch.changes);
    const changes = collapseToLatest(fresh, moved).map((decided) => ({
      ...decided,
      eventId: eventOf(decided.change),
    }));
    const { runIds, decisions } = await storeChanges(tx, changes, createRun);
    if (decisions.some(({ verdict }) => verdict === 'wait')) await announceWaiting(tx);
    for (const { change } of changes) await endEarlierLife(tx, change);
    return { runIds, unannounced };
  });
}

async function storeChanges(
  tx: Db,
  changes: readonly AttributedChange[],
  createRun: CreateRun,
): Promise<MadeRuns> {
  await insertChanges(
    tx,
    changes.map(({ id, change, pathCount, eventId }) => ({ ...change, id, pathCount, eventId })),
  );
  const own = await makeRuns(tx, changes, createRun);
  const others = await makeFollowerRuns(tx, changes, createRun);
  const decisions = [...own.decisions, ...others.decisions];
  await insertDecisions(tx, decisions);
  return { runIds: [...own.runIds, ...others.runIds], decisions };
}

/** Why a change, by itself, cannot be stored; null: it can. Nothing is. */
export async function whyUnstorable(
  db: Db,
  decided: DecidedChange,
  createRun: CreateRun,
): Promise<string | null> {
  const trial = await db.startTransaction().execute();
  try {
    await storeChanges(trial, [{ ...decided, eventId: null }], createRun);
    return null;
  } catch (error) {
    if (!isUnstorable(error) || !(error instanceof Error)) throw error;
    return error.message;
  } finally {
    await trial.rollback().execute();
  }
}

/** What waits on a branch does not live on in the next one of its name. */
async function endEarlierLife(tx: Db, change: Change): Promise<void> {
  const { repository, generation, branch, move, revision, happened } = change;
  if (happened === undefined) return;
  const actual = `${happened === 'created' ? 'made anew' : happened} by ${revisionLabel(revision)}`;
  const why = { filter: 'branch', expected: 'still the same one', actual, passed: false };
  await endOlderWaiting(tx, { repository, generation, branch, move, why });
}

function alarmOf({ repository, generation }: RevisionBatch, { revision, why }: RevisionAlarm): Alarm {
  return {
    repository,
    key: `incomplete-${generation}-${revision}`,
    alarm: `${revisionLabel(revision)} ${why}`,
  };
}

interface FoundEvents {
  eventOf(change: Change): string | null;
  unannounced: string[];
}

/** A change belongs to the hook that announced it; what none has announced, to an event of the poll. */
async function findEvents(tx: Db, batch: RevisionBatch): Promise<FoundEvents> {
  const changes = batch.changes.map(({ change }) => change);
  const hookOf = await batch.findHooks(tx, changes);
  const unannounced = [
    ...new Set(changes.filter((change) => hookOf(change) === undefined).map(({ revision }) => revision)),
  ];
  const pollEvent = unannounced.length === 0 ? null : await storePollEvent(tx, batch, unannounced);
  return { eventOf: (change) => hookOf(change) ?? pollEvent, unannounced };
}

async function storePollEvent(tx: Db, batch: RevisionBatch, unannounced: string[]): Promise<string> {
  const { eventId } = await storeEvent(tx, {
    id: randomUUID(),
    source: 'poll',
    repository: batch.repository,
    deliveryKey: null,
    remote: null,
    headers: {},
    body: { found: unannounced },
    revision: unannounced.at(-1) ?? null,
    state: 'handled',
  });
  return eventId;
}
