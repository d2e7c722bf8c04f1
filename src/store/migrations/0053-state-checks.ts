import { type Kysely, sql } from 'kysely';

/**
 * PostgreSQL reads the text of each CHECK of a table anew at every statement that writes a row of it: an eighth of the time
 * of a run's begin and end. What the states and outcomes of runs and steps may be is checked where their changes are noted; the number of a lease only
 * counts up.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [constraints, runState, stepState]) await sql.raw(part).execute(db);
}

const constraints = `
  alter table run drop constraint run_check, drop constraint run_check1, drop constraint run_state_check,
    drop constraint run_outcome_check, drop constraint run_trigger_check, drop constraint run_cancel_rollout_check;
  alter table lease drop constraint lease_fencing_check;
  alter table step drop constraint step_check, drop constraint step_state_check, drop constraint step_outcome_check`;

const outcomes = `'succeeded', 'failed', 'timed-out', 'cancelled', 'superseded', 'rejected', 'errored'`;

/* Not the class of a CHECK, which says of a chunk of log that its partition is missing. */
const refuse = (what: string) => `
      raise exception using errcode = 'integrity_constraint_violation', message = format(${what});`;

const runState = `
  create or replace function note_run_transition() returns trigger language plpgsql as $$
  begin
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
  end $$`;

const stepState = `
  create or replace function note_step_transition() returns trigger language plpgsql as $$
  begin
    if new.state not in ('pending', 'running', 'waiting', 'ended')
      or new.outcome not in (${outcomes}, 'skipped')
      or (new.state = 'ended') <> (new.outcome is not null)
    then${refuse(`'a step cannot be %s with outcome %s', new.state, new.outcome`)}
    end if;
    insert into transition (run_id, step_id, from_state, to_state, outcome, reason, attempt, who, fencing)
    select new.run_id, new.id, old.state, new.state, new.outcome, new.reason, new.attempt,
      coalesce(lease.owner, run.cancel_requested_by, run.requested_by), lease.fencing
    from run left join lease on lease.run_id = run.id
    where run.id = new.run_id;
    return null;
  end $$`;
