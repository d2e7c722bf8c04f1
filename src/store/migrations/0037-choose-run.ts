import { type Kysely, sql } from 'kysely';

/**
 * The choice of `store/fair-order.ts`. In a function, because all that it looks at are open runs, which an index has, among
 * any number of ended ones: what it costs to read the table is not known well enough when the plan is made.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(chooseRun).execute(db);
}

/** now_chosen: about to be begun; now_passed: could not be; now_waiting: of these the ones that wait for others of their group. */
const chooseRun = `
  create function choose_run(job_of text, has_labels text[], now_chosen text[], now_passed text[], now_waiting text[],
    ageing_ms integer, highest_rank integer) returns text
  language plpgsql set enable_seqscan = off as $$
  begin
    return (
      with busy as (
        select repository, pipeline, concurrency_group from run
        where state <> 'ended' and (state = 'running' or id = any(now_chosen))
      ), held_up as materialized (
        select concurrency_group, min(number) as by from run
        where id = any(now_waiting) and state = 'queued' group by concurrency_group
      ), open as materialized (
        select run.id, run.state, run.repository, run.pipeline, run.created_at, run.number,
          least(highest_rank, run.priority + floor(date_part('epoch', clock_timestamp() - run.created_at) * 1000 / ageing_ms)) as rank,
          groups.busy is null or groups.busy < coalesce((run.definition #>> '{concurrency,limit}')::integer, 1) as has_room
        from run left join (
          select concurrency_group, count(*) as busy from busy group by concurrency_group
        ) as groups using (concurrency_group)
        left join held_up using (concurrency_group)
        where run.state <> 'ended' and (
            run.state = 'queued'
            or run.state = 'waiting' and coalesce(run.wake_at, '-infinity') <= clock_timestamp()
            or run.state = 'running' and run.id = job_of
          )
          and run.runs_on <@ has_labels
          and (held_up.by is null or run.number < held_up.by or run.state <> 'queued')
          and run.id <> all(now_chosen || now_passed)
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
      where open.has_room or open.id = job_of
      order by
        open.id = job_of and (open.state = 'running' or not open.has_room) desc,
        open.rank desc,
        repositories.busy, repositories.begun nulls first,
        pipelines.busy, pipelines.begun nulls first,
        open.created_at, open.number
      limit 1
    );
  end $$`;
