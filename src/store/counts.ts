import { sql } from 'kysely';
import type { RunState, StepState } from '../domain/outcome.ts';
import type { Db } from './database.ts';

/** Of the runs that have not ended, which are few whatever has been. */
export async function countOpenRuns(db: Db): Promise<{ pipeline: string; state: RunState; runs: number }[]> {
  return db
    .selectFrom('run')
    .select(['pipeline', 'state', (count) => count.fn.countAll<number>().as('runs')])
    .where('state', '<>', 'ended')
    .groupBy(['pipeline', 'state'])
    .execute();
}

/** Of the same runs. */
export async function countOpenSteps(db: Db): Promise<{ kind: string; state: StepState; steps: number }[]> {
  return db
    .selectFrom('run')
    .innerJoin('step', 'step.run_id', 'run.id')
    .select(['step.kind', 'step.state', (count) => count.fn.countAll<number>().as('steps')])
    .where('run.state', '<>', 'ended')
    .groupBy(['step.kind', 'step.state'])
    .execute();
}

/** How long the oldest queued run has waited; 0 when none waits. */
export async function oldestQueuedSeconds(db: Db): Promise<number> {
  const row = await db
    .selectFrom('run')
    .select(sql<number | null>`extract(epoch from clock_timestamp() - min(created_at))::float8`.as('seconds'))
    .where('state', '=', 'queued')
    .executeTakeFirst();
  return row?.seconds ?? 0;
}
