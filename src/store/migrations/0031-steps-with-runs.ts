import { type Kysely, sql } from 'kysely';

/** The first steps begin with their run, and what ends together is stored together: one way to the database and back each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [beginsWithRun, beginWithSteps, endTogether]) await sql.raw(part).execute(db);
}

const beginsWithRun = `alter table step add column begins_with_run boolean not null default false`;

/**
 * Begins a queued run that is the only open one of its group, and its steps that need not wait for anything.
 * @returns the fencing number, and the attempts of the steps by id; null: it is not, or the run is somebody else's now
 */
const beginWithSteps = `
  create function begin_alone_with_steps(wanted text, new_owner text, ttl_ms integer, has_labels text[]) returns jsonb
  language plpgsql as $$
  declare
    its_group text;
    new_fencing bigint;
    attempts jsonb;
  begin
    select concurrency_group into its_group from run
    where id = wanted and state = 'queued' and runs_on <@ has_labels;
    if not found then return null; end if;
    perform pg_advisory_xact_lock(hashtextextended('group:' || its_group, 0));
    perform from run where concurrency_group = its_group and state <> 'ended' and id <> wanted limit 1;
    if found then return null; end if;
    perform from lease where run_id = wanted and expires_at > clock_timestamp() for update;
    if found then return null; end if;
    perform from run where id = wanted and state = 'queued' for update;
    if not found then return null; end if;
    insert into lease values (wanted, new_owner, 1, clock_timestamp() + ttl_ms * interval '1 millisecond')
    on conflict (run_id) do update
    set owner = excluded.owner, fencing = lease.fencing + 1, expires_at = excluded.expires_at
    returning fencing into new_fencing;
    update run set state = 'running', reason = null, wake_at = null, started_at = clock_timestamp() where id = wanted;
    with begun as (
      update step set state = 'running', attempt = attempt + 1, started_at = clock_timestamp()
      where run_id = wanted and begins_with_run and state = 'pending'
      returning id, attempt
    )
    select jsonb_object_agg(id, attempt) into attempts from begun;
    perform pg_notify('trunkline_run', json_build_object('run', wanted, 'what', 'begun')::text);
    return jsonb_build_object('fencing', new_fencing, 'attempts', coalesce(attempts, '{}'));
  end $$`;

/**
 * Stores what is left of a log, the end of a step and, with run_outcome, the end of its run, whose lease is given back then.
 * Locks in the order of everybody: the group, the lease, the run.
 * @returns whether its group has other open runs; false where the run goes on; null: the lease was lost
 */
const endTogether = `
  create function end_together(its_run text, held_fencing bigint,
    log_day date, log_seqs bigint[], log_steps text[], log_times timestamptz[], log_texts text[],
    its_step text, step_outcome text, step_reason text, step_output jsonb,
    run_outcome text, run_reason text) returns boolean
  language plpgsql as $$
  declare
    its_group text;
  begin
    if run_outcome is null then
      perform from lease where run_id = its_run and fencing = held_fencing for share;
    else
      select concurrency_group into its_group from run where id = its_run;
      perform pg_advisory_xact_lock(hashtextextended('group:' || its_group, 0));
      update lease set expires_at = clock_timestamp() where run_id = its_run and fencing = held_fencing;
    end if;
    if not found then return null; end if;
    insert into log_chunk (day, run_id, seq, step_id, at, text)
    select log_day, its_run, chunk.* from unnest(log_seqs, log_steps, log_times, log_texts) as chunk
    on conflict do nothing;
    if found then perform pg_notify('trunkline_run', json_build_object('run', its_run, 'what', 'log')::text); end if;
    update step set state = 'ended', outcome = step_outcome, reason = step_reason, output = step_output,
      ended_at = clock_timestamp()
    where run_id = its_run and id = its_step;
    perform pg_notify('trunkline_run', json_build_object('run', its_run, 'what', 'state')::text);
    if run_outcome is null then return false; end if;
    update run set state = 'ended', outcome = run_outcome, reason = run_reason, ended_at = clock_timestamp()
    where id = its_run and state <> 'ended';
    return exists (select from run where concurrency_group = its_group and state <> 'ended');
  end $$`;
