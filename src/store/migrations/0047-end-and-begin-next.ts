import { type Kysely, sql } from 'kysely';

/** A worker that ends a run begins the next one in the same transaction: one way to the database and back for a whole run. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [indexes, chooseRun, beginIfAlone, beginNext, endAndBeginNext])
    await sql.raw(part).execute(db);
}

/**
 * Each update of a run writes all its indexes: the two of open runs are made so that they answer what is asked at each begin
 * and end without reading all that wait. Leases are found by their run.
 */
const indexes = `
  drop index run_open;
  create index run_open on run (state, repository, pipeline, priority, created_at, number) where state <> 'ended';
  drop index run_group_open;
  create index run_group_open on run (concurrency_group, number) where state <> 'ended';
  drop index lease_expiry`;

/* What is asked of a run that may be chosen. The limit of its group is looked up only where somebody of the group works. */
const isTakeable = `runs_on <@ has_labels and id <> all(now_chosen || now_passed)`;
const isDue = `coalesce(wake_at, '-infinity') <= clock_timestamp()`;
const isNotHeldUp = `number < coalesce(
  (select by from held_up where held_up.concurrency_group = run.concurrency_group), 'infinity'::float8)`;
const hasRoom = `coalesce((
  select groups.busy < coalesce((run.definition #>> '{concurrency,limit}')::integer, 1) from groups
  where groups.concurrency_group = run.concurrency_group), true)`;

/**
 * As before, but of the queued runs of one pipeline and priority only the first that may begin is looked at: it comes before
 * the others of them whatever else there is, for it has waited for longest. Without sorting the index is what tells which that
 * is. Planned once: that takes longer than the choice.
 */
const chooseRun = `
  create or replace function choose_run(job_of text, has_labels text[], now_chosen text[], now_passed text[], now_waiting text[],
    ageing_ms integer, highest_rank integer) returns text
  language plpgsql
  set enable_seqscan = off set enable_sort = off set plan_cache_mode = force_generic_plan
  as $$
  begin
    return (
      with recursive busy as materialized (
        select repository, pipeline, concurrency_group from run where state = 'running'
        union all
        select repository, pipeline, concurrency_group from run
        where id = any(now_chosen) and state in ('queued', 'waiting')
      ), groups as materialized (
        select concurrency_group, count(*) as busy from busy group by concurrency_group
      ), held_up as materialized (
        select concurrency_group, min(number) as by from run
        where id = any(now_waiting) and state = 'queued' group by concurrency_group
      ), kind as (
        (
          select repository, pipeline, priority from run where state = 'queued'
          order by repository, pipeline, priority limit 1
        )
        union all
        select following.* from kind, lateral (
          select repository, pipeline, priority from run
          where state = 'queued'
            and (repository, pipeline, priority) > (kind.repository, kind.pipeline, kind.priority)
          order by repository, pipeline, priority limit 1
        ) as following
      ), open as materialized (
        select oldest.*, false as is_first from kind, lateral (
          select repository, pipeline, id, priority, created_at, number from run
          where state = 'queued'
            and repository = kind.repository and pipeline = kind.pipeline and priority = kind.priority
            and ${isTakeable} and ${isNotHeldUp} and ${hasRoom}
          order by created_at, number limit 1
        ) as oldest
        union all
        select repository, pipeline, id, priority, created_at, number, false from run
        where state = 'waiting' and ${isDue} and ${isTakeable} and ${hasRoom}
        union all
        select repository, pipeline, id, priority, created_at, number, true from run
        where id = job_of and ${isTakeable} and (
          state = 'running'
          or state = 'waiting' and ${isDue} and not ${hasRoom}
          or state = 'queued' and ${isNotHeldUp} and not ${hasRoom}
        )
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
      order by
        open.is_first desc,
        least(highest_rank, open.priority + floor(date_part('epoch', clock_timestamp() - open.created_at) * 1000 / ageing_ms)) desc,
        repositories.busy, repositories.begun nulls first,
        pipelines.busy, pipelines.begun nulls first,
        open.created_at, open.number
      limit 1
    );
  end $$`;

/**
 * Begins a queued run that is the only open one of its group, and its steps that need not wait for anything.
 * @param is_patient waits for whoever decides about the group or the run; else, for it is called with locks of another group
 * held, such a run needs a closer look too
 * @returns the run and the facts of its steps as they were right before, with the attempts of those that have begun by id;
 * nothing: it needs a closer look, or is somebody else's now
 */
const beginIfAlone = `
  create function begin_if_alone(wanted text, new_owner text, ttl_ms integer, has_labels text[], is_patient boolean)
  returns table (new_fencing bigint, attempts jsonb, known_steps json, known_run run)
  language plpgsql as $$
  declare
    its_group text;
  begin
    select concurrency_group into its_group from run
    where id = wanted and state = 'queued' and runs_on <@ has_labels;
    if not found then return; end if;
    if is_patient then
      perform pg_advisory_xact_lock(hashtextextended('group:' || its_group, 0));
    elsif not pg_try_advisory_xact_lock(hashtextextended('group:' || its_group, 0)) then
      return;
    end if;
    perform from run where concurrency_group = its_group and state <> 'ended' and id <> wanted limit 1;
    if found then return; end if;
    if is_patient then
      perform from lease where run_id = wanted and expires_at > clock_timestamp() for update;
      if found then return; end if;
      select * into known_run from run where id = wanted and state = 'queued' for update;
    else
      perform from lease where run_id = wanted;
      if found then return; end if;
      select * into known_run from run where id = wanted and state = 'queued' for update skip locked;
    end if;
    if not found then return; end if;
    insert into lease values (wanted, new_owner, 1, clock_timestamp() + ttl_ms * interval '1 millisecond')
    on conflict (run_id) do update
    set owner = excluded.owner, fencing = lease.fencing + 1, expires_at = excluded.expires_at
    returning fencing into new_fencing;
    update run set state = 'running', reason = null, wake_at = null, started_at = clock_timestamp() where id = wanted;
    select coalesce(json_agg(facts order by position), '[]') into known_steps from (
      select position, id, kind, state, outcome, reason, output, journal from step where run_id = wanted
    ) as facts;
    with begun as (
      update step set state = 'running', attempt = attempt + 1, started_at = clock_timestamp()
      where run_id = wanted and begins_with_run and state = 'pending'
      returning id, attempt
    )
    select coalesce(jsonb_object_agg(id, attempt), '{}') into attempts from begun;
    perform pg_notify('trunkline_run', json_build_object('run', wanted, 'what', 'begun')::text);
    return next;
  end $$`;

/** Chooses a run and begins it where it is alone. @returns nothing where there is none; no fencing: it needs a closer look */
const beginNext = `
  create function begin_next(job_of text, has_labels text[], now_chosen text[], now_passed text[], now_waiting text[],
    ageing_ms integer, highest_rank integer, new_owner text, ttl_ms integer, is_patient boolean)
  returns table (wanted text, fencing bigint, attempts jsonb, known_steps json, known_run run)
  language plpgsql as $$
  begin
    wanted := choose_run(job_of, has_labels, now_chosen, now_passed, now_waiting, ageing_ms, highest_rank);
    if wanted is null then return; end if;
    return query
      select wanted, begun.*
      from (select) as always left join begin_if_alone(wanted, new_owner, ttl_ms, has_labels, is_patient) as begun on true;
  end $$`;

/**
 * Ends a run as end_together does, and begins the next one, as if it were looked for right after. Of the next one only locks
 * are taken that nobody holds: whoever holds them may wait for those of the run that ends.
 * @returns nothing where the lease was lost
 */
const endAndBeginNext = `
  create function end_and_begin_next(its_run text, held_fencing bigint,
    log_day date, log_seqs bigint[], log_steps text[], log_times timestamptz[], log_texts text[],
    its_step text, step_outcome text, step_reason text, step_output jsonb, run_outcome text, run_reason text,
    has_labels text[], now_chosen text[], ageing_ms integer, highest_rank integer, new_owner text, ttl_ms integer)
  returns table (others boolean, wanted text, fencing bigint, attempts jsonb, known_steps json, known_run run)
  language plpgsql as $$
  begin
    others := end_together(its_run, held_fencing, log_day, log_seqs, log_steps, log_times, log_texts,
      its_step, step_outcome, step_reason, step_output, run_outcome, run_reason);
    if others is null then return; end if;
    return query
      select others, following.*
      from (select) as always left join begin_next(
        null, has_labels, now_chosen, '{}', '{}', ageing_ms, highest_rank, new_owner, ttl_ms, false
      ) as following on true;
  end $$`;
