import { type ChangeRow, changesOfEvent, type DecisionRow, decisionsOfChanges } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { type EventRow, readEvent } from '../store/events.ts';
import { revisionHooks } from '../store/hook-source.ts';
import { readWatcher } from '../store/watchers.ts';

export interface EventExplanation {
  event: EventRow;
  /** What it found or announced, oldest first; empty until it is handled, or when it touched no branch. */
  changes: (ChangeRow & { decisions: DecisionRow[] })[];
}

/**
 * Why each pipeline did or did not run for what an event announced, with every filter's value and verdict. A hook that
 * came after a poll had found the same revision is explained by what the poll found.
 * @returns undefined for an unknown event
 */
export async function explainEvent(db: Db, eventId: string): Promise<EventExplanation | undefined> {
  const event = await readEvent(db, eventId);
  if (event === undefined) return undefined;
  const isRequest = event.source === 'api';
  const changes = await changesOfEvent(db, isRequest ? { ...event, revision: null } : event);
  const decisions = await decisionsOfChanges(
    db,
    changes.map(({ id }) => id),
  );
  const byChange = Map.groupBy(decisions, (decision) => decision.change_id);
  return {
    event:
      changes.length === 0 && (await isAwaited(db, event))
        ? { ...event, state: 'received', handled_at: null }
        : event,
    changes: changes.map((change) => ({ ...change, decisions: byChange.get(change.id) ?? [] })),
  };
}

/**
 * A hook's state is `handled` once its repository's watcher knows of it, which is safe: the watcher's due time is stored with
 * it. For whoever asks what came of it, it is handled when history has been read up to the revision it announced.
 */
async function isAwaited(db: Db, { source, state, repository, revision }: EventRow): Promise<boolean> {
  const isCommitHook = revisionHooks.some((hook) => hook === source);
  if (!isCommitHook || state !== 'handled' || repository === null || revision === null) return false;
  const watcher = await readWatcher(db, repository);
  return watcher?.cursor != null && watcher.cursor < Number(revision);
}
