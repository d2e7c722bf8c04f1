import type { DecisionRow } from './changes.ts';
import type { Db } from './database.ts';

/** The decision that made a run; undefined for a run that somebody asked for. */
export async function decisionOfRun(db: Db, runId: string): Promise<DecisionRow | undefined> {
  return db
    .selectFrom('decision')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
}
