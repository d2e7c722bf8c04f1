import { type Kysely, sql } from 'kysely';

/** The choice of a run looks less at what is over. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [chooseOfMany, chooseRun]) await sql.raw(part).execute(db);
}

/**
 * Each run that was queued or has worked leaves an entry in the index of open runs until the table is vacuumed. A bitmap of
 * them reads the row of each, every time; a scan of the index reads it once and remembers.
 */
const chooseOfMany = `alter function choose_of_many set enable_bitmapscan = off`;

/**
 * Where all that waits is of one pipeline with one priority, and nobody else is open in the group of the run that has waited
 * for longest, it is that one. Where it is not so simple, the others are looked at as well.
 */
const chooseRun = `
  create or replace function choose_run(job_of text, has_labels text[], now_chosen text[], now_passed text[], now_waiting text[],
    ageing_ms integer, highest_rank integer) returns text
  language plpgsql
  set enable_seqscan = off set enable_sort = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
  as $$
  declare
    oldest record;
  begin
    select repository, pipeline, priority, id, concurrency_group, runs_on into oldest from run where state = 'queued'
    order by repository, pipeline, priority, created_at, number limit 1;
    if job_of is not null or now_waiting <> '{}'
      or exists (
        select from run
        where state = 'queued' and (repository, pipeline, priority) > (oldest.repository, oldest.pipeline, oldest.priority)
      )
      or exists (select from run where state = 'waiting')
    then
      return choose_of_many(job_of, has_labels, now_chosen, now_passed, now_waiting, ageing_ms, highest_rank);
    end if;
    if oldest.runs_on <@ has_labels and oldest.id <> all(now_chosen || now_passed) and not exists (
      select from run where concurrency_group = oldest.concurrency_group and state <> 'ended' and id <> oldest.id
    ) then
      return oldest.id;
    end if;
    return (
      with groups as materialized (
        select concurrency_group, count(*) as busy from (
          select concurrency_group from run where state = 'running'
          union all
          select concurrency_group from run where id = any(now_chosen) and state = 'queued'
        ) as busy
        group by concurrency_group
      )
      select id from run
      where state = 'queued'
        and repository = oldest.repository and pipeline = oldest.pipeline and priority = oldest.priority
        and runs_on <@ has_labels and id <> all(now_chosen || now_passed)
        and coalesce((
          select groups.busy < coalesce((run.definition #>> '{concurrency,limit}')::integer, 1) from groups
          where groups.concurrency_group = run.concurrency_group), true)
      order by created_at, number limit 1
    );
  end $$`;
