import { sql } from 'kysely';
import type { Outcome, RunState, StepOutcome, StepState } from '../domain/outcome.ts';
import type { Db } from './database.ts';

export interface RunCount {
  pipeline: string;
  state: RunState;
  outcome: Outcome | null;
  runs: number;
}

export interface StepCount {
  kind: string;
  state: StepState;
  outcome: StepOutcome | null;
  steps: number;
}

export async function countRuns(db: Db): Promise<RunCount[]> {
  return db
    .selectFrom('run')
    .select(['pipeline', 'state', 'outcome', (count) => count.fn.countAll<number>().as('runs')])
    .groupBy(['pipeline', 'state', 'outcome'])
    .execute();
}

export async function countSteps(db: Db): Promise<StepCount[]> {
  return db
    .selectFrom('step')
    .select(['kind', 'state', 'outcome', (count) => count.fn.countAll<number>().as('steps')])
    .groupBy(['kind', 'state', 'outcome'])
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
