import { type Kysely, sql } from 'kysely';

/** Runs of one worker may end at the same time, each with a run that begins. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [chooseRun, endAndBeginNext]) await sql.raw(part).execute(db);
}

/** As before, but that what somebody has already is not looked at: the others may still be of one kind. */
const chooseRun = `
  create or replace function choose_run(job_of text, has_labels text[], now_chosen text[], now_passed text[], now_waiting text[],
    ageing_ms integer, highest_rank integer) returns text
  language plpgsql
  set enable_seqscan = off set enable_sort = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan
  as $$
  declare
    oldest record;
  begin
    select repository, pipeline, priority, id, concurrency_group, runs_on into oldest from run
    where state = 'queued' and id <> all(now_chosen || now_passed)
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
    if oldest.runs_on <@ has_labels and not exists (
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

/**
 * A run that another end begins at this moment counts as one that works, and the next choice is made; after many, or where there
 * is none, the first of them gets a closer look.
 */
const endAndBeginNext = `
  create or replace function end_and_begin_next(its_run text, held_fencing bigint,
    log_day date, log_seqs bigint[], log_steps text[], log_times timestamptz[], log_texts text[],
    its_step text, step_outcome text, step_reason text, step_output jsonb, run_outcome text, run_reason text,
    has_labels text[], now_chosen text[], ageing_ms integer, highest_rank integer, new_owner text, ttl_ms integer,
    out others boolean, out wanted text, out fencing bigint, out attempts jsonb, out known_steps json, out known_run run)
  language plpgsql as $$
  declare
    begun record;
    taken text[] := '{}';
  begin
    others := end_together(its_run, held_fencing, log_day, log_seqs, log_steps, log_times, log_texts,
      its_step, step_outcome, step_reason, step_output, run_outcome, run_reason);
    if others is null then return; end if;
    loop
      wanted := choose_run(null, has_labels, now_chosen || taken, '{}', '{}', ageing_ms, highest_rank);
      exit when wanted is null or cardinality(taken) >= 20;
      begun := begin_if_alone(wanted, new_owner, ttl_ms, has_labels, false);
      if begun.new_fencing is not null then
        fencing := begun.new_fencing;
        attempts := begun.attempts;
        known_steps := begun.known_steps;
        known_run := begun.known_run;
        return;
      end if;
      perform from run where id = wanted and state = 'queued' for update skip locked;
      exit when found;
      taken := taken || wanted;
    end loop;
    wanted := coalesce(taken[1], wanted);
  end $$`;
