import { type Kysely, sql } from 'kysely';

/**
 * What most ends and begins of runs do, in fewer statements: a function that answers one row is called by another as a value,
 * while a set of rows takes a statement to read it. The changes of state are noted as before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [before, beginIfAlone, beginNext, endAndBeginNext, noteRun, noteStep])
    await sql.raw(part).execute(db);
}

const before = `drop function end_and_begin_next, begin_next, begin_if_alone`;

/** As before. Nothing begun: its columns are null. The attempts of the steps that begin with the run follow from what the steps were. */
const beginIfAlone = `
  create function begin_if_alone(wanted text, new_owner text, ttl_ms integer, has_labels text[], is_patient boolean,
    out new_fencing bigint, out attempts jsonb, out known_steps json, out known_run run)
  language plpgsql as $$
  declare
    its_group text;
    its_run run;
    its_fencing bigint;
  begin
    if is_patient then
      select concurrency_group into its_group from run
      where id = wanted and state = 'queued' and runs_on <@ has_labels;
      if not found then return; end if;
      perform pg_advisory_xact_lock(hashtextextended('group:' || its_group, 0));
      perform from lease where run_id = wanted and expires_at > clock_timestamp() for update;
      if found then return; end if;
      select * into its_run from run where id = wanted and state = 'queued' for update;
      if not found then return; end if;
    else
      select * into its_run from run where id = wanted and state = 'queued' and runs_on <@ has_labels
      for update skip locked;
      if not found then return; end if;
      its_group := its_run.concurrency_group;
      if not pg_try_advisory_xact_lock(hashtextextended('group:' || its_group, 0)) then return; end if;
    end if;
    perform from run where concurrency_group = its_group and state <> 'ended' and id <> wanted limit 1;
    if found then return; end if;
    insert into lease values (wanted, new_owner, 1, clock_timestamp() + ttl_ms * interval '1 millisecond')
    on conflict (run_id) do update
    set owner = excluded.owner, fencing = lease.fencing + 1, expires_at = excluded.expires_at
    where is_patient
    returning fencing into its_fencing;
    if not found then return; end if;
    update run set state = 'running', reason = null, wake_at = null, started_at = clock_timestamp() where id = wanted;
    select coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'state', state, 'outcome', outcome, 'reason', reason,
        'output', output, 'journal', journal) order by position), '[]'),
      coalesce(jsonb_object_agg(id, attempt + 1) filter (where begins_with_run and state = 'pending'), '{}')
    into known_steps, attempts from step where run_id = wanted;
    if attempts <> '{}' then
      update step set state = 'running', attempt = attempt + 1, started_at = clock_timestamp()
      where run_id = wanted and begins_with_run and state = 'pending';
    end if;
    perform pg_notify('trunkline_run', json_build_object('run', wanted, 'what', 'begun')::text);
    new_fencing := its_fencing;
    known_run := its_run;
  end $$`;

const beginNext = `
  create function begin_next(job_of text, has_labels text[], now_chosen text[], now_passed text[], now_waiting text[],
    ageing_ms integer, highest_rank integer, new_owner text, ttl_ms integer, is_patient boolean,
    out wanted text, out fencing bigint, out attempts jsonb, out known_steps json, out known_run run)
  language plpgsql as $$
  declare
    begun record;
  begin
    wanted := choose_run(job_of, has_labels, now_chosen, now_passed, now_waiting, ageing_ms, highest_rank);
    if wanted is null then return; end if;
    begun := begin_if_alone(wanted, new_owner, ttl_ms, has_labels, is_patient);
    fencing := begun.new_fencing;
    attempts := begun.attempts;
    known_steps := begun.known_steps;
    known_run := begun.known_run;
  end $$`;

const endAndBeginNext = `
  create function end_and_begin_next(its_run text, held_fencing bigint,
    log_day date, log_seqs bigint[], log_steps text[], log_times timestamptz[], log_texts text[],
    its_step text, step_outcome text, step_reason text, step_output jsonb, run_outcome text, run_reason text,
    has_labels text[], now_chosen text[], ageing_ms integer, highest_rank integer, new_owner text, ttl_ms integer,
    out others boolean, out wanted text, out fencing bigint, out attempts jsonb, out known_steps json, out known_run run)
  language plpgsql as $$
  declare
    begun record;
  begin
    others := end_together(its_run, held_fencing, log_day, log_seqs, log_steps, log_times, log_texts,
      its_step, step_outcome, step_reason, step_output, run_outcome, run_reason);
    if others is null then return; end if;
    wanted := choose_run(null, has_labels, now_chosen, '{}', '{}', ageing_ms, highest_rank);
    if wanted is null then return; end if;
    begun := begin_if_alone(wanted, new_owner, ttl_ms, has_labels, false);
    fencing := begun.new_fencing;
    attempts := begun.attempts;
    known_steps := begun.known_steps;
    known_run := begun.known_run;
  end $$`;

const outcomes = `'succeeded', 'failed', 'timed-out', 'cancelled', 'superseded', 'rejected', 'errored'`;

/* Not the class of a CHECK, which says of a chunk of log that its partition is missing. */
const refuse = (what: string) => `
      raise exception using errcode = 'integrity_constraint_violation', message = format(${what});`;

/* The condition of a trigger is read from its text at each statement, that in its function once. */
const noteRun = `
  create or replace function note_run_transition() returns trigger language plpgsql as $$
  begin
    if tg_op = 'UPDATE' and (old.state, old.outcome, old.reason) is not distinct from (new.state, new.outcome, new.reason)
    then return null; end if;
    if new.state not in ('queued', 'running', 'waiting', 'ended')
      or new.outcome not in (${outcomes})
      or (new.state = 'ended') <> (new.outcome is not null)
      or (new.state = 'ended') <> (new.ended_at is not null)
      or new.cancel_rollout not in ('leave', 'roll-back')
      or tg_op = 'INSERT' and new.trigger not in ('commit', 'api', 'retry', 'rerun', 'rollback', 'schedule', 'pipeline',
        'promotion', 'merge-request', 'gitlab-pipeline', 'branch-created', 'branch-deleted', 'tag', 'correction')
    then${refuse(`'a run cannot be %s with outcome %s, started by %s', new.state, new.outcome, new.trigger`)}
    end if;
    insert into transition (run_id, from_state, to_state, outcome, reason, who, fencing)
    select new.id, case when tg_op = 'UPDATE' then old.state end, new.state, new.outcome, new.reason,
      coalesce(lease.owner, new.cancel_requested_by, new.requested_by), lease.fencing
    from (select) as always left join lease on lease.run_id = new.id;
    return null;
  end $$;
  drop trigger run_changed on run;
  create trigger run_changed after update of state, outcome, reason on run for each row
  execute function note_run_transition()`;

/* Who asked for the run is looked up where nobody has its lease. */
const noteStep = `
  create or replace function note_step_transition() returns trigger language plpgsql as $$
  begin
    if (old.state, old.outcome, old.reason, old.attempt) is not distinct from (new.state, new.outcome, new.reason, new.attempt)
    then return null; end if;
    if new.state not in ('pending', 'running', 'waiting', 'ended')
      or new.outcome not in (${outcomes}, 'skipped')
      or (new.state = 'ended') <> (new.outcome is not null)
    then${refuse(`'a step cannot be %s with outcome %s', new.state, new.outcome`)}
    end if;
    insert into transition (run_id, step_id, from_state, to_state, outcome, reason, attempt, who, fencing)
    select new.run_id, new.id, old.state, new.state, new.outcome, new.reason, new.attempt,
      coalesce(lease.owner,
        (select coalesce(run.cancel_requested_by, run.requested_by) from run where run.id = new.run_id)),
      lease.fencing
    from (select) as always left join lease on lease.run_id = new.run_id;
    return null;
  end $$;
  drop trigger step_changed on step;
  create trigger step_changed after update of state, outcome, reason, attempt on step for each row
  execute function note_step_transition()`;
