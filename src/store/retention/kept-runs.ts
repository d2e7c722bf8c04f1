import { type RawBuilder, sql } from 'kysely';
import type { KeptRuns } from '../../domain/retention.ts';

/** Of a row of `run`: it ended longer ago, and its pipeline has so many newer ones. */
export function isOld({ keepMs, newest }: KeptRuns): RawBuilder<boolean> {
  return sql<boolean>`(
    run.state = 'ended'
    and run.ended_at < now() - ${keepMs} * interval '1 millisecond'
    and run.number <= (
      select newer.number from run as newer where newer.pipeline = run.pipeline
      order by newer.number desc offset ${newest} limit 1))`;
}

/**
 * Of a row of `run`: it deployed what runs now or what a rollback may go back to, or it is the last of its pipeline
 * that succeeded.
 */
export function isNeeded(rollbacks: number): RawBuilder<boolean> {
  return sql<boolean>`(
    exists (
      select from deployment as own where own.run_id = run.id and (
        own.state = 'active'
        or (select count(*) from (
              select from deployment as newer
              where newer.target = own.target and newer.started_at > own.started_at
                and newer.outcome = 'succeeded'
              limit ${rollbacks + 1}) as healthy) <= ${rollbacks}))
    or run.outcome = 'succeeded' and not exists (
      select from run as later
      where later.pipeline = run.pipeline and later.number > run.number and later.outcome = 'succeeded'))`;
}
