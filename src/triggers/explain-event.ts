import { z } from 'zod';
import { branchOfRef, isNoObject } from '../domain/git-names.ts';
import {
  type Announced,
  type ChangeRow,
  changesOfEvent,
  type DecisionRow,
  decisionsOfChanges,
} from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { type EventRow, readEvent } from '../store/events.ts';
import { gitHooks, hookSources, revisionHooks } from '../store/hook-source.ts';
import { readWatcher, type WatcherRow } from '../store/watchers.ts';
import { type GoneOn, goneOnFrom } from './gone-on.ts';

export interface EventExplanation {
  event: EventRow;
  /** What it found or announced, oldest first; empty until it is handled, or when it touched no branch. */
  changes: (ChangeRow & { decisions: DecisionRow[] })[];
  /** Of a push without a change: where its branch was by the time that it was read; null: nobody knows, or nowhere else. */
  goneOn: GoneOn | null;
}

/**
 * Why each pipeline did or did not run for what an event announced, with every filter's value and verdict. A hook that
 * came after a poll had found the same revision is explained by what the poll found.
 * @returns undefined for an unknown event
 */
export async function explainEvent(db: Db, eventId: string): Promise<EventExplanation | undefined> {
  const event = await readEvent(db, eventId);
  if (event === undefined) return undefined;
  const changes = await changesOfEvent(db, { ...event, announced: announcedBy(event) });
  const decisions = await decisionsOfChanges(
    db,
    changes.map(({ id }) => id),
  );
  const byChange = Map.groupBy(decisions, (decision) => decision.change_id);
  const isMissing = changes.length === 0;
  const isStillAwaited = isMissing && (await isAwaited(db, event));
  return {
    event: isStillAwaited ? { ...event, state: 'received', handled_at: null } : event,
    goneOn: isMissing && !isStillAwaited ? await goneOn(db, event) : null,
    changes: changes.map((change) => ({ ...change, decisions: byChange.get(change.id) ?? [] })),
  };
}

async function goneOn(
  db: Db,
  { repository, body, error, received_at: receivedAt }: EventRow,
): Promise<GoneOn | null> {
  const { data: told } = toldBody.safeParse(body);
  if (told?.kind !== 'push' || error !== null || repository === null) return null;
  return goneOnFrom(db, { repository, ref: told.ref, after: told.after, receivedAt });
}

const toldBody = z.union([
  z.object({ kind: z.literal('merge-request'), number: z.int(), target: z.string() }),
  z.object({ kind: z.literal('ci-pipeline'), status: z.string() }),
  z.object({ kind: z.literal('push'), ref: z.string(), before: z.string(), after: z.string() }),
]);

/** What a hook tells of, which a poll or another hook may have found before; null for what names all that it has found, or of which nothing came. */
function announcedBy({ source, revision, body, error }: EventRow): Announced | null {
  if (!hookSources.some((hook) => hook === source)) return null;
  const { data: told } = toldBody.safeParse(body);
  const isDeletion = told?.kind === 'push' ? isNoObject(told.after) : null;
  // A branch that is deleted is told of by the revision that it had.
  const about = isDeletion === true && told?.kind === 'push' ? told.before : revision;
  if (about === null) return null;
  const nothing = { revision: about, branch: null, request: null, gitlab: null, isDeletion };
  if (told === undefined) return nothing;
  if (told.kind !== 'push' && error !== null) return null;
  if (told.kind === 'merge-request') return { ...nothing, request: told };
  if (told.kind === 'ci-pipeline') return { ...nothing, gitlab: told.status };
  return { ...nothing, branch: branchOfRef(told.ref) };
}

/**
 * A hook's state is `handled` once its repository's watcher knows of it, which is safe: the watcher's due time is stored with
 * it. For whoever asks what came of it, it is handled when history has been read up to the revision it announced, or the refs after it came.
 */
async function isAwaited(db: Db, event: EventRow): Promise<boolean> {
  const { source, state, repository, revision } = event;
  if (state !== 'handled' || repository === null) return false;
  const watcher = await readWatcher(db, repository);
  if (gitHooks.some((hook) => hook === source)) return isRefAwaited(event, watcher);
  const isCommitHook = revisionHooks.some((hook) => hook === source);
  return isCommitHook && revision !== null && watcher?.cursor != null && watcher.cursor < Number(revision);
}

/** A poll that began before the hook came may have read the refs before they moved. */
function isRefAwaited({ body, error, received_at }: EventRow, watcher: WatcherRow | undefined): boolean {
  const kind = typeof body === 'object' && body !== null && 'kind' in body ? body.kind : undefined;
  const isStart = kind === 'merge-request' || kind === 'ci-pipeline';
  if (isStart || error !== null || watcher === undefined) return false;
  // Of two times in the same millisecond nobody knows here which came first.
  return watcher.read_at === null || watcher.read_at <= received_at;
}
