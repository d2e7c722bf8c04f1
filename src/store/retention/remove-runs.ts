import { type RawBuilder, sql } from 'kysely';
import type { Retention } from '../../domain/retention.ts';
import type { Db } from '../database.ts';
import { dayOf } from '../log-partitions.ts';
import { isNeeded, isOld } from './kept-runs.ts';
import { deleteLogs } from './remove-logs.ts';
import { walkOld } from './walk-old.ts';

const batchSize = 100;

/**
 * Deletes the runs that have had their time, the oldest first, a hundred at a time, with their steps, logs, approvals
 * and rollouts. Besides what is still needed there stay: runs whose images another run has put in again, the last runs
 * whose job must not run twice, and runs whose event could still be replayed.
 * @returns how many
 */
export async function removeOldRuns(db: Db, retention: Retention, signal: AbortSignal): Promise<number> {
  // Whatever was made later cannot have ended before.
  const { keepMs } = retention.runs;
  return walkOld(
    db,
    { table: 'run', column: 'created_at', keepMs, size: batchSize },
    { remove: (ids) => removeRunsOf(db, ids, retention), signal },
  );
}

async function removeRunsOf(db: Db, candidates: string[], retention: Retention): Promise<number> {
  const { runs, rollbacks, events } = retention;
  return db.transaction().execute(async (tx) => {
    const old = await tx
      .selectFrom('run')
      .select(['id', 'created_at', 'log_removed_at'])
      .where(sql<boolean>`run.id = any (${candidates})`)
      .where(isOld(runs))
      .where(sql<boolean>`not (${isNeeded(rollbacks)} or ${isReferredTo} or ${hasYoungEvent(events.keepMs)})`)
      .forUpdate()
      .skipLocked()
      .execute();
    if (old.length === 0) return 0;
    const withLog = old.filter((run) => run.log_removed_at === null);
    for (const [day, ofDay] of Map.groupBy(withLog, (run) => dayOf(run.created_at))) {
      await deleteLogs(tx, { day, runIds: ofDay.map(({ id }) => id) });
    }
    const ids = old.map(({ id }) => id);
    await tx.deleteFrom('deployment').where(sql<boolean>`run_id = any (${ids})`).execute();
    await tx.deleteFrom('run').where(sql<boolean>`id = any (${ids})`).execute();
    return old.length;
  });
}

/** Of a row of `step`: a later run has finished the same job. */
const hasLaterOfContent = sql<boolean>`exists (
  select from step as later
  where later.kind = 'job' and later.outcome = 'succeeded'
    and later.output ->> 'content' = step.output ->> 'content'
    and later.run_id <> step.run_id and later.ended_at > step.ended_at)`;

/** Of a row of `step`: no rollback goes back before it, and it is the last such job of its pipeline there. */
const isLastIrreversible = sql<boolean>`(
  step.output ->> 'irreversible' = 'true' and not exists (
    select from run as newer join step as later on later.run_id = newer.id
    where newer.pipeline = run.pipeline and newer.number > run.number
      and later.kind = 'job' and later.outcome = 'succeeded' and later.output ->> 'irreversible' = 'true'
      and later.output ->> 'environment' = step.output ->> 'environment'))`;

/**
 * A rollback or a promotion is only as good as the run that made its images; a finished job is not to run again. Both
 * are asked as their indexes are written: to read what every run was defined by takes long.
 */
const isReferredTo = sql<boolean>`(
  exists (
    select from run as other
    where other.trigger in ('promotion', 'retry') and other.definition -> 'promotes' ->> 'runId' = run.id)
  or run.id in (
    select restored.run_id from run as other
      cross join jsonb_path_query(other.definition, '$.steps[*].restore.deployId') as place
      join deployment as restored on restored.deploy_id = place #>> '{}'
    where other.trigger in ('rollback', 'retry', 'correction')
      and jsonb_path_exists(other.definition, '$.steps[*].restore.deployId') and restored.run_id <> other.id)
  or exists (
    select from step where step.run_id = run.id and step.kind = 'job' and step.outcome = 'succeeded'
      and step.output ->> 'content' is not null
      and (not ${hasLaterOfContent} or ${isLastIrreversible})))`;

/** Replaying it must find the run that it has made. */
function hasYoungEvent(keepMs: number): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from event where event.id = run.event_id
      and event.received_at >= now() - ${keepMs} * interval '1 millisecond')`;
}
