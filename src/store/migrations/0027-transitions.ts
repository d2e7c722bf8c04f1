import { type Kysely, sql } from 'kysely';

/** Written by the database itself, so that no change of a state can be made without its row. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [table, noteRun, noteStep, beginAlone]) await sql.raw(part).execute(db);
}

const table = `
  create table transition (
    run_id text not null references run on delete cascade,
    seq bigint generated always as identity,
    at timestamptz not null default clock_timestamp(),
    step_id text,
    from_state text,
    to_state text not null,
    outcome text,
    reason text,
    attempt integer,
    who text not null,
    fencing bigint,
    primary key (run_id, seq)
  )`;

const noteRun = `
  create function note_run_transition() returns trigger language plpgsql as $$
  begin
    insert into transition (run_id, from_state, to_state, outcome, reason, who, fencing)
    select new.id, case when tg_op = 'UPDATE' then old.state end, new.state, new.outcome, new.reason,
      coalesce(lease.owner, new.cancel_requested_by, new.requested_by), lease.fencing
    from (select) as always left join lease on lease.run_id = new.id;
    return null;
  end $$;
  create trigger run_made after insert on run for each row execute function note_run_transition();
  create trigger run_changed after update on run for each row
  when ((old.state, old.outcome, old.reason) is distinct from (new.state, new.outcome, new.reason))
  execute function note_run_transition()`;

const noteStep = `
  create function note_step_transition() returns trigger language plpgsql as $$
  begin
    insert into transition (run_id, step_id, from_state, to_state, outcome, reason, attempt, who, fencing)
    select new.run_id, new.id, old.state, new.state, new.outcome, new.reason, new.attempt,
      coalesce(lease.owner, run.cancel_requested_by, run.requested_by), lease.fencing
    from run left join lease on lease.run_id = run.id
    where run.id = new.run_id;
    return null;
  end $$;
  create trigger step_changed after update on step for each row
  when ((old.state, old.outcome, old.reason, old.attempt) is distinct from (new.state, new.outcome, new.reason, new.attempt))
  execute function note_step_transition()`;

/** As before, but the lease is taken first: the row of the begin names the worker. */
const beginAlone = `
  create or replace function begin_alone(wanted text, new_owner text, ttl_ms integer, has_labels text[]) returns bigint
  language plpgsql as $$
  declare
    its_group text;
    new_fencing bigint;
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
    perform pg_notify('trunkline_run', json_build_object('run', wanted, 'what', 'state')::text);
    return new_fencing;
  end $$`;
