import { type Kysely, sql } from 'kysely';

/** Written by the database itself, so that no change of a state can be made without its row. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [table, noteRun, noteStep]) await sql.raw(part).execute(db);
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
