import { sql } from 'kysely';
import type { Db } from './database.ts';

/** The run whose job of the same content has succeeded; undefined when none has. */
export async function findFinishedJob(
  db: Db,
  content: string,
): Promise<{ pipeline: string; number: number } | undefined> {
  return db
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run_id')
    .select(['run.pipeline', 'run.number'])
    .where('step.kind', '=', 'job')
    .where('step.outcome', '=', 'succeeded')
    .where(sql<string>`step.output ->> 'content'`, '=', content)
    .orderBy('step.ended_at')
    .executeTakeFirst();
}
