import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { EventRow } from './events.ts';
import type { RunRow } from './runs.ts';

/** What has become of the event of a trigger step, and of the run that it makes. */
export async function readTriggered(
  db: Db,
  key: string,
): Promise<{
  event: Pick<EventRow, 'state' | 'error'> | undefined;
  run: Pick<RunRow, 'id' | 'pipeline' | 'number' | 'outcome' | 'reason'> | undefined;
}> {
  const event = await db
    .selectFrom('event')
    .select(['state', 'error'])
    .where('delivery_key', '=', key)
    .executeTakeFirst();
  const run = await db
    .selectFrom('run')
    .select(['id', 'pipeline', 'number', 'outcome', 'reason'])
    .where('identity', '=', key)
    .executeTakeFirst();
  return { event, run };
}

/** Whether a step still waits for what it has started. */
export async function isStepOpen(db: Db, { run, step }: { run: string; step: string }): Promise<boolean> {
  const row = await db
    .selectFrom('step')
    .select('id')
    .where('run_id', '=', run)
    .where('id', '=', step)
    .where('state', '<>', 'ended')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Runs that go on although the trigger step that waited for them has ended without them: it was cancelled, or has waited
 * for long enough.
 */
export async function abandonedRuns(db: Db): Promise<{ id: string; by: string }[]> {
  const rows = await db
    .selectFrom('run as child')
    .innerJoin('step', (join) =>
      join
        .onRef('step.run_id', '=', 'child.upstream_id')
        .on('step.kind', '=', 'trigger')
        .on('step.state', '=', 'ended')
        .on('step.outcome', 'in', ['cancelled', 'timed-out', 'superseded', 'skipped', 'errored']),
    )
    .innerJoin('run as parent', 'parent.id', 'child.upstream_id')
    .select(['child.id', 'parent.pipeline', 'parent.number'])
    .where('child.state', '<>', 'ended')
    .where('child.cancel_requested_at', 'is', null)
    .where(sql<boolean>`starts_with(child.identity, '["trigger",')`)
    .where(sql<boolean>`step.id = child.identity::jsonb ->> 2`)
    .execute();
  return rows.map(({ id, pipeline, number }) => ({ id, by: `${pipeline} #${number}` }));
}

/** The runs above one, the nearest first, that have started each other: the names of their pipelines. */
export async function pipelinesAbove(db: Db, runId: string): Promise<string[]> {
  const { rows } = await sql<{ pipeline: string }>`
    with recursive above (id, pipeline, upstream_id, depth) as (
      select id, pipeline, upstream_id, 0 from run where id = ${runId}
      union all
      select run.id, run.pipeline, run.upstream_id, depth + 1
      from run join above on run.id = above.upstream_id where depth < 100
    )
    select pipeline from above order by depth`.execute(db);
  return rows.map(({ pipeline }) => pipeline);
}

/** The runs that steps of a run have started, by step; of a step that was tried again the newest. */
export async function triggeredRuns(
  db: Db,
  runId: string,
): Promise<Map<string, Pick<RunRow, 'id' | 'pipeline' | 'number'>>> {
  const rows = await db
    .selectFrom('run')
    .select(['id', 'pipeline', 'number', sql<string>`identity::jsonb ->> 2`.as('step')])
    .where('upstream_id', '=', runId)
    .where(sql<boolean>`starts_with(identity, '["trigger",')`)
    .orderBy('number')
    .execute();
  return new Map(rows.map(({ step, ...run }) => [step, run]));
}
