import { type RawBuilder, sql } from 'kysely';
import { type Beginner, type Begun, beginAlone } from './begin-alone.ts';
import type { Db } from './database.ts';

/** Waiting for so long counts as one step of priority. The reference of `priority` names it. */
const ageingMs = 5 * 60_000;
/** That of `high`. */
const highestRank = 2;

export interface Turn {
  /** Whose job of the queue it is; null: a worker looks by itself. */
  jobOf: string | null;
  /** What the worker has. */
  labels: readonly string[];
  /** Runs that this worker is about to begin: they count as if they worked. */
  chosen: readonly string[];
  /** Runs that could not be begun. */
  passed: readonly string[];
  /** Of these the ones that wait for others of their group: so do those of the group that were made later. */
  waiting: readonly string[];
}

/**
 * Which run a worker with a free place begins next. Jobs of the queue come in the order in which runs were made; which
 * of the runs a job is for is decided here, so that a repository with many waiting runs does not hold up another: its
 * turn comes when the others have had theirs. First comes the higher priority, which waiting raises; then the
 * repository with fewest runs at work, of these the one that has begun none for longest; within it the same among its
 * pipelines; and last the oldest run that its concurrency group has room for.
 *
 * The job's own run comes first where its worker has died, and where its group has no room for it, so that it is
 * decided whether it waits or is superseded.
 * @returns undefined when nothing waits that this worker could begin
 */
export async function chooseRun(db: Db, turn: Turn): Promise<string | undefined> {
  const { rows } = await choice(turn).execute(db);
  return rows[0]?.id;
}

/** Chooses as `chooseRun`, and begins the run at once where it is the only open one of its group. */
export async function chooseAndBegin(db: Db, turn: Turn, beginner: Beginner): Promise<Begun | undefined> {
  return beginAlone(db, { name: 'next', query: choice(turn) }, beginner);
}

function choice(turn: Turn): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    with busy as (
      select repository, pipeline, concurrency_group from run
      where state <> 'ended' and (state = 'running' or id = any(${turn.chosen}::text[]))
    ), held_up as materialized (
      select concurrency_group, min(number) as by from run
      where id = any(${turn.waiting}::text[]) and state = 'queued' group by concurrency_group
    ), open as materialized (
      select run.id, run.state, run.repository, run.pipeline, run.created_at, run.number,
        least(${highestRank}, run.priority + floor(extract(epoch from clock_timestamp() - run.created_at) * 1000 / ${ageingMs}::integer)) as rank,
        groups.busy is null or groups.busy < coalesce((run.definition #>> '{concurrency,limit}')::integer, 1) as has_room
      from run left join (
        select concurrency_group, count(*) as busy from busy group by concurrency_group
      ) as groups using (concurrency_group)
      left join held_up using (concurrency_group)
      where run.state <> 'ended' and (
          run.state = 'queued'
          or run.state = 'waiting' and coalesce(run.wake_at, '-infinity') <= clock_timestamp()
          or run.state = 'running' and run.id = ${turn.jobOf}
        )
        and run.runs_on <@ ${turn.labels}::text[]
        and (held_up.by is null or run.number < held_up.by or run.state <> 'queued')
        and run.id <> all(${[...turn.chosen, ...turn.passed]}::text[])
    ), pipelines as materialized (
      select repository, pipeline,
        (select count(*) from busy where busy.pipeline = its.pipeline) as busy,
        (select max(started_at) from run where run.pipeline = its.pipeline) as begun
      from (select distinct repository, pipeline from open) as its
    ), repositories as materialized (
      select repository,
        (select count(*) from busy where busy.repository = its.repository) as busy,
        (select max(started_at) from run where run.repository = its.repository) as begun
      from (select distinct repository from open) as its
    )
    select open.id
    from open join repositories using (repository) join pipelines using (repository, pipeline)
    where open.has_room or open.id = ${turn.jobOf}
    order by
      open.id = ${turn.jobOf} and (open.state = 'running' or not open.has_room) desc,
      open.rank desc,
      repositories.busy, repositories.begun nulls first,
      pipelines.busy, pipelines.begun nulls first,
      open.created_at, open.number
    limit 1`;
}
