import { type Selectable, sql } from 'kysely';
import { changesOfMove, insertChanges, type NewChange } from './changes.ts';
import type { Db } from './database.ts';
import type { ExternalUseTable } from './external-use-table.ts';
import type { RunRow } from './runs.ts';

/** A tree of which it became known late what is brought into it. */
export interface LateUse extends Selectable<ExternalUseTable> {
  /** Later revisions may have been decided on without it. */
  unfollowed_since: number;
}

export async function lateExternalUses(
  db: Db,
  { repository, generation }: Pick<LateUse, 'repository' | 'generation'>,
): Promise<LateUse[]> {
  return db
    .selectFrom('external_use')
    .selectAll()
    .where('repository', '=', repository)
    .where('generation', '=', generation)
    .where('unfollowed_since', 'is not', null)
    .$narrowType<{ unfollowed_since: number }>()
    .execute();
}

/** The revisions that were read have been decided on with it, unless it is another list by now. */
export async function endLateUse(tx: Db, use: LateUse): Promise<void> {
  await tx
    .updateTable('external_use')
    .set({ unfollowed_since: null })
    .where('pipeline', '=', use.pipeline)
    .where('repository', '=', use.repository)
    .where('branch', '=', use.branch)
    .where('generation', '=', use.generation)
    .where('move', '=', use.move)
    .where('unfollowed_since', '=', use.unfollowed_since)
    .execute();
}

/** The tree went before it was known what it holds. */
export async function dropLateUse(tx: Db, use: LateUse): Promise<void> {
  await tx
    .deleteFrom('external_use')
    .where('pipeline', '=', use.pipeline)
    .where('repository', '=', use.repository)
    .where('branch', '=', use.branch)
    .where('generation', '=', use.generation)
    .where('move', '=', use.move)
    .execute();
}

/** Where revisions after that of a run have been read already, its watcher is to look at them again now. */
export async function lookSoon(db: Db, { repository, move }: Pick<RunRow, 'repository' | 'move'>) {
  await db
    .updateTable('watcher')
    .set({ next_poll_at: sql<Date>`least(next_poll_at, clock_timestamp())` })
    .where('repository', '=', repository)
    .where('cursor', '>', move)
    .execute();
}

/**
 * Finds the change of that revision and branch, or stores it, to be decided on once more for one pipeline.
 * @returns its id; undefined where that pipeline runs for it already
 */
export async function reopenChange(tx: Db, change: NewChange, pipeline: string): Promise<string | undefined> {
  const known = await changesOfMove(tx, change)
    .select('id')
    .where('request', 'is', null)
    .where('gitlab', 'is', null)
    .executeTakeFirst();
  if (known === undefined) {
    await insertChanges(tx, [change]);
    return change.id;
  }
  const decision = tx
    .selectFrom('decision')
    .select('verdict')
    .where('change_id', '=', known.id)
    .where('pipeline', '=', pipeline)
    .where('branch_of_use', '=', '');
  const decided = await decision.executeTakeFirst();
  if (decided !== undefined && decided.verdict !== 'skip') return undefined;
  await tx
    .deleteFrom('decision')
    .where('change_id', '=', known.id)
    .where('pipeline', '=', pipeline)
    .where('branch_of_use', '=', '')
    .execute();
  return known.id;
}
