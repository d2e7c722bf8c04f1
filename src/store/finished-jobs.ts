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

/** A job that cannot be undone: what came before it need not work any more. */
export interface Barrier {
  stepId: string;
  pipeline: string;
  number: number;
}

/** The newest job of a pipeline in an environment that cannot be undone and has succeeded after a moment, or in a run. */
export async function findBarrier(
  db: Db,
  place: { pipeline: string; environment: string; after: Date } | { runId: string; environment: string },
): Promise<Barrier | undefined> {
  const found = db
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run_id')
    .select(['step.id as stepId', 'run.pipeline', 'run.number'])
    .where('step.kind', '=', 'job')
    .where('step.outcome', '=', 'succeeded')
    .where(sql<string>`step.output ->> 'irreversible'`, '=', 'true')
    .where(sql<string>`step.output ->> 'environment'`, '=', place.environment)
    .orderBy('step.ended_at', 'desc');
  if ('runId' in place) return found.where('run.id', '=', place.runId).executeTakeFirst();
  const { pipeline, after } = place;
  return found.where('run.pipeline', '=', pipeline).where('step.ended_at', '>', after).executeTakeFirst();
}
