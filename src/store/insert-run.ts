import { type Insertable, sql } from 'kysely';
import type { Db } from './database.ts';
import { hasBegun, type RunRow } from './runs.ts';
import type { RunTable } from './schema.ts';

export type NewRun = Omit<Insertable<RunTable>, 'number'>;

export interface NewStep {
  id: string;
  kind: string;
  /** Default: no. */
  beginsWithRun?: boolean;
}

/**
 * Stores a run and its pending steps, numbered within its pipeline. Within the caller's transaction.
 * @returns the row, or the earlier row with the same identity and `created: false`
 */
export async function insertRun(
  tx: Db,
  run: NewRun,
  steps: readonly NewStep[],
): Promise<{ row: RunRow; created: boolean }> {
  // A statement for itself: the next one has to see what the one before it has committed.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`run-number:${run.pipeline}`}, 0))`.execute(tx);
  const number = sql<number>`(select coalesce(max(number), 0) + 1 from run where pipeline = ${run.pipeline})`;
  const inserted = await tx
    .with('made', (into) =>
      into
        .insertInto('run')
        .values({ ...run, number })
        .onConflict((conflict) => conflict.column('identity').doNothing())
        .returningAll(),
    )
    .with('given_steps', (into) =>
      into
        .insertInto('step')
        .columns(['run_id', 'id', 'kind', 'begins_with_run', 'position'])
        .expression((from) =>
          from
            .selectFrom(['made', rowsOf(steps)])
            .select(['made.id as run_id', 'given.id', 'given.kind', 'given.begins_with_run'])
            .select('given.position'),
        ),
    )
    .selectFrom('made')
    .selectAll()
    .select(hasBegun(run.id))
    .executeTakeFirst();
  if (inserted === undefined) return { row: await runWithIdentity(tx, run), created: false };
  const { notified: _, ...row } = inserted;
  return { row, created: true };
}

function rowsOf(steps: readonly NewStep[]) {
  const rows = sql<{ id: string; kind: string; begins_with_run: boolean; position: number }>`(
    select id, kind, begins_with_run, position::integer - 1 as position
    from unnest(${steps.map(({ id }) => id)}::text[], ${steps.map(({ kind }) => kind)}::text[],
      ${steps.map(({ beginsWithRun = false }) => beginsWithRun)}::boolean[])
      with ordinality as it (id, kind, begins_with_run, position))`;
  return rows.as<'given'>('given');
}

async function runWithIdentity(tx: Db, { identity = null }: NewRun): Promise<RunRow> {
  return tx.selectFrom('run').selectAll().where('identity', '=', identity).executeTakeFirstOrThrow();
}

/** Where the order of runs matters, one counts as made when an earlier one of its repository was. */
export async function makeAsOldAs(tx: Db, runId: string, earlierId: string): Promise<void> {
  await tx
    .updateTable('run')
    .from('run as first')
    .set({ first_made_at: sql<Date>`coalesce(first.first_made_at, first.created_at)` })
    .where('run.id', '=', runId)
    .where('first.id', '=', earlierId)
    .whereRef('first.repository', '=', 'run.repository')
    .execute();
}

/** In the order of the pipeline. Within the caller's transaction. */
export async function insertSteps(tx: Db, runId: string, steps: readonly NewStep[]): Promise<void> {
  if (steps.length === 0) return;
  await tx
    .insertInto('step')
    .values(steps.map(({ id, kind }, position) => ({ run_id: runId, position, id, kind })))
    .returning(hasBegun(runId))
    .execute();
}
