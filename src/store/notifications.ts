import { sql } from 'kysely';
import { type Happening, toldOutcomes } from '../domain/notification.ts';
import type { Db } from './database.ts';

/** Makes a notifier known: what has ended before that, it tells nothing of. */
export async function addNotifier(db: Db, name: string): Promise<void> {
  await db
    .insertInto('notifier')
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Takes a notifier for `holdMs`: nobody else sends for it meanwhile, so that its chat gets no more than it takes.
 * @returns in how many milliseconds it is free, where it is not; else how often in a row its message was not taken
 */
export async function takeNotifier(
  db: Db,
  { name, holdMs }: { name: string; holdMs: number },
): Promise<{ attempts: number } | { freeInMs: number }> {
  const taken = await db
    .updateTable('notifier')
    .set({ busy_until: inMs(holdMs) })
    .where('name', '=', name)
    .where(sql<boolean>`busy_until <= clock_timestamp()`)
    .returning('attempts')
    .executeTakeFirst();
  if (taken !== undefined) return taken;
  const left = sql<number>`extract(epoch from busy_until - clock_timestamp())::float8 * 1000`;
  const row = await db
    .selectFrom('notifier')
    .select(left.as('freeInMs'))
    .where('name', '=', name)
    .executeTakeFirst();
  return { freeInMs: Math.max(0, row?.freeInMs ?? holdMs) };
}

/** Gives a notifier back, free again after `inMs`. @param error why its message was not taken; null: it was, or there was none */
export async function freeNotifier(
  db: Db,
  { name, inMs: pauseMs, error }: { name: string; inMs: number; error: string | null },
): Promise<void> {
  const attempts = error === null ? 0 : sql<number>`attempts + 1`;
  await db
    .updateTable('notifier')
    .set({ busy_until: inMs(pauseMs), attempts, error })
    .where('name', '=', name)
    .execute();
}

function inMs(ms: number) {
  return sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}

export interface UntoldWish {
  name: string;
  /** null: all. */
  pipelines: string[] | null;
  limit: number;
}

/**
 * Runs that have ended within a day and that a notifier has not dealt with, in the order of their ends. After the clock of the
 * database was put back, `told_until` lies in the future, and says nothing.
 */
export async function readUntoldEnds(db: Db, { name, pipelines, limit }: UntoldWish): Promise<Happening[]> {
  const outcomes = sql.val([...toldOutcomes]);
  const { rows } = await sql<Happening>`
    select run.id as "runId", run.pipeline, run.number, run.branch, run.revision, run.author, run.outcome, run.reason,
      null as step, (
        select prior.outcome from run as prior
        where prior.pipeline = run.pipeline and prior.number < run.number and prior.branch = run.branch
          and prior.repository = run.repository and prior.state = 'ended' and prior.outcome = any(${outcomes})
        order by prior.number desc limit 1) as before
    from notifier join run on run.state = 'ended'
      and run.ended_at > greatest(statement_timestamp() - interval '1 day',
        case when notifier.told_until < statement_timestamp() then notifier.told_until
          else statement_timestamp() - ${commitsWithin} end)
    where notifier.name = ${name} and run.outcome = any(${outcomes})
      and (${pipelines}::text[] is null or run.pipeline = any(${pipelines}::text[]))
      and not exists (
        select from notification as done
        where done.run_id = run.id and done.notifier = notifier.name and done.step_id = '')
    order by run.ended_at limit ${limit}`.execute(db);
  return rows;
}

/** An end is seen by others when its transaction is committed, which may be so much later than the time that it has. */
const commitsWithin = sql`interval '1 minute'`;

/** All that has ended up to now is dealt with: the next look begins there. */
export async function advanceNotifier(db: Db, name: string): Promise<void> {
  await db
    .updateTable('notifier')
    .set({ told_until: sql<Date>`greatest(told_until, statement_timestamp() - ${commitsWithin})` })
    .where('name', '=', name)
    .execute();
}

/** Steps that wait for people and that a notifier has not told of. */
export async function readUntoldApprovals(
  db: Db,
  { name, pipelines, limit }: UntoldWish,
): Promise<Happening[]> {
  const { rows } = await sql<Happening>`
    select run.id as "runId", run.pipeline, run.number, run.branch, run.revision, run.author, null as outcome,
      null as before, step.reason, step.id as step
    from run join step on step.run_id = run.id and step.kind = 'approve' and step.state = 'waiting'
    where run.state <> 'ended' and (${pipelines}::text[] is null or run.pipeline = any(${pipelines}::text[]))
      and not exists (
        select from notification as done
        where done.run_id = run.id and done.notifier = ${name} and done.step_id = step.id)
    order by run.created_at limit ${limit}`.execute(db);
  return rows;
}

/** There is nothing more to tell of these. */
export async function settleHappenings(
  db: Db,
  notifier: string,
  happenings: readonly Pick<Happening, 'runId' | 'step'>[],
): Promise<void> {
  if (happenings.length === 0) return;
  // A run that was removed meanwhile has nothing left to be told of.
  await sql`
    insert into notification (run_id, notifier, step_id)
    select run.id, ${notifier}, done.step
    from unnest(${happenings.map(({ runId }) => runId)}::text[], ${happenings.map(({ step }) => step ?? '')}::text[])
      as done (id, step) join run on run.id = done.id
    on conflict do nothing`.execute(db);
}
