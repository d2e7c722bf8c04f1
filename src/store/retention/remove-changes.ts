import { type RawBuilder, sql } from 'kysely';
import type { Retention } from '../../domain/retention.ts';
import type { Db } from '../database.ts';
import { walkOld } from './walk-old.ts';

const batchSize = 500;

/**
 * Deletes what was seen of commits that have had their time, with why they ran nothing. There stay: those that a run stands for,
 * or that wait for one; the newest of each branch, of each open merge request, and what says when a branch was made, by which
 * what comes next is understood; and those of an event that is still there to be explained.
 * @returns how many
 */
export async function removeOldChanges(
  db: Db,
  { changes: { keepMs }, events }: Pick<Retention, 'changes' | 'events'>,
  signal: AbortSignal,
): Promise<number> {
  const remove = async (ids: string[]) => {
    const { numDeletedRows } = await db
      .deleteFrom('change')
      .where(sql<boolean>`id = any (${ids})`)
      .where(sql<boolean>`not (${hasRun} or ${isExplained(events.keepMs)})`)
      .where(
        sql<boolean>`${hasNewer(sql`true`)} and (not ${isBirth} or ${hasNewer(sql`newer.happened = 'created'`)})`,
      )
      .where(sql<boolean>`(change.request is null or ${isOfOldRequest})`)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  };
  return walkOld(db, { table: 'change', column: 'created_at', keepMs, size: batchSize }, { remove, signal });
}

/** Of a row of `change`, as all of these. */
const hasRun = sql<boolean>`exists (
  select from decision where decision.change_id = change.id
    and (decision.verdict = 'wait' or decision.run_id is not null or decision.collapsed_into is not null))`;

function isExplained(keepMs: number): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from event where event.id = change.event_id
      and event.received_at >= now() - ${keepMs} * interval '1 millisecond')`;
}

const isBirth = sql<boolean>`(change.happened is not distinct from 'created')`;

/** A later move of its branch itself. */
function hasNewer(isSuch: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from change as newer
    where newer.repository = change.repository and newer.generation = change.generation
      and newer.branch = change.branch and newer.move > change.move
      and newer.request is null and newer.gitlab is null and ${isSuch})`;
}

/** The request has a newer commit, or its branch is gone, as after a merge. */
const isOfOldRequest = sql<boolean>`(
  ${hasNewer(sql`newer.happened = 'deleted'`)}
  or exists (
    select from change as newer
    where newer.repository = change.repository and newer.generation = change.generation
      and newer.branch = change.branch and newer.request ->> 'number' = change.request ->> 'number'
      and (newer.created_at, newer.id) > (change.created_at, change.id)))`;
