import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import type { RunRow } from './runs.ts';

export type EndedRun = Pick<
  RunRow,
  'id' | 'pipeline' | 'number' | 'branch' | 'outcome' | 'trigger' | 'upstream_id' | 'told'
>;

/** Whether there is a run whose end nobody has looked at yet. @param exceptOf pipelines whose runs do not count */
export async function areEndedRunsWaiting(db: Db, exceptOf: readonly string[]): Promise<boolean> {
  const row = await db
    .selectFrom('run')
    .select('id')
    .where('state', '=', 'ended')
    .where('is_followed', '=', false)
    .where(isOfOthers(exceptOf))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function isOfOthers(pipelines: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`not (pipeline = any (${pipelines}))`;
}

/**
 * Runs that have ended since somebody looked, marked as looked at. Within the caller's transaction: what follows from them
 * is stored with the mark, or neither is.
 */
export async function takeEndedRuns(
  tx: Db,
  { limit, exceptOf }: { limit: number; exceptOf: readonly string[] },
): Promise<EndedRun[]> {
  return tx
    .with('ended', (from) =>
      from
        .selectFrom('run')
        .select('id')
        .where('state', '=', 'ended')
        .where('is_followed', '=', false)
        .where(isOfOthers(exceptOf))
        .orderBy('ended_at')
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked(),
    )
    .updateTable('run')
    .from('ended')
    .set({ is_followed: true })
    .whereRef('run.id', '=', 'ended.id')
    .returning([
      'run.id',
      'run.pipeline',
      'run.number',
      'run.branch',
      'run.outcome',
      'run.trigger',
      'run.upstream_id',
      'run.told',
    ])
    .execute();
}
