import type { Db } from './database.ts';
import type { RunRow } from './runs.ts';

export type EndedRun = Pick<
  RunRow,
  'id' | 'pipeline' | 'number' | 'branch' | 'outcome' | 'trigger' | 'upstream_id'
>;

/** Whether there is a run whose end nobody has looked at yet. */
export async function areEndedRunsWaiting(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('run')
    .select('id')
    .where('state', '=', 'ended')
    .where('is_followed', '=', false)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Runs that have ended since somebody looked, marked as looked at. Within the caller's transaction: what follows from them
 * is stored with the mark, or neither is.
 */
export async function takeEndedRuns(tx: Db, limit: number): Promise<EndedRun[]> {
  return tx
    .with('ended', (from) =>
      from
        .selectFrom('run')
        .select('id')
        .where('state', '=', 'ended')
        .where('is_followed', '=', false)
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
    ])
    .execute();
}
