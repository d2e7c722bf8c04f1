import type { Db } from './database.ts';
import { isCommit } from './events.ts';
import { revisionHooks } from './hook-source.ts';

/** A hook that tells of a changed property of a revision. */
export interface AnnouncedProperty {
  eventId: string;
  repository: string;
  revision: string;
}

/** Those that are still to be looked at, oldest first. */
export async function waitingProperties(db: Db, limit: number): Promise<AnnouncedProperty[]> {
  const rows = await db
    .selectFrom('event')
    .select(['id', 'repository', 'revision'])
    .where('state', '=', 'received')
    .where('source', 'in', [...revisionHooks])
    .where((where) => where.not(isCommit))
    .orderBy('received_at')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id: eventId, repository, revision }) =>
    repository === null || revision === null ? [] : [{ eventId, repository, revision }],
  );
}

export interface CorrectedRevision {
  repository: string;
  revision: string;
  author: string | null;
  message: string;
  committedAt: string | null;
}

/** Writes who made a revision, when and why where that is stored: its changes, and the runs that came of them. */
export async function correctRevision(db: Db, corrected: CorrectedRevision): Promise<void> {
  const { repository, revision, author, message, committedAt: committed_at } = corrected;
  await db.transaction().execute(async (tx) => {
    const watcher = await tx
      .selectFrom('watcher')
      .select('generation')
      .where('repository', '=', repository)
      .executeTakeFirst();
    if (watcher === undefined) return;
    const { generation } = watcher;
    for (const table of ['change', 'run'] as const) {
      await tx
        .updateTable(table)
        .set({ author, message, committed_at })
        .where('repository', '=', repository)
        .where('generation', '=', generation)
        .where('revision', '=', revision)
        .execute();
    }
  });
}
