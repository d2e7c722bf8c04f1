import { type Kysely, sql } from 'kysely';

/** What a run needs at its begin and at its end, each in one way to the database and back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(beginAlone).execute(db);
  await sql.raw(endAndLeave).execute(db);
}

/*
 * Both lock the group first, then the lease, then the run, as everybody does. They are functions and not statements
 * with subqueries, because each statement of a function sees what was committed before it began: whoever has waited
 * for the lock of a group must see what the one before did.
 */

/** Begins a queued run that is the only open one of its group. null: it is not, or the run is somebody else's now. */
const beginAlone = `
  create function begin_alone(wanted text, new_owner text, ttl_ms integer, has_labels text[]) returns bigint
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
    update run set state = 'running', reason = null, wake_at = null, started_at = clock_timestamp()
    where id = wanted and state = 'queued';
    if not found then return null; end if;
    insert into lease values (wanted, new_owner, 1, clock_timestamp() + ttl_ms * interval '1 millisecond')
    on conflict (run_id) do update
    set owner = excluded.owner, fencing = lease.fencing + 1, expires_at = excluded.expires_at
    returning fencing into new_fencing;
    perform pg_notify('trunkline_run', json_build_object('run', wanted, 'what', 'state')::text);
    return new_fencing;
  end $$`;

/** Ends a run and gives its lease back. @returns whether its group has other open runs; null: the lease was lost. */
const endAndLeave = `
  create function end_and_leave(ending text, held_fencing bigint, its_outcome text, its_reason text) returns boolean
  language plpgsql as $$
  declare
    its_group text;
  begin
    select concurrency_group into its_group from run where id = ending;
    perform pg_advisory_xact_lock(hashtextextended('group:' || its_group, 0));
    update lease set expires_at = clock_timestamp() where run_id = ending and fencing = held_fencing;
    if not found then return null; end if;
    update run set state = 'ended', outcome = its_outcome, reason = its_reason, ended_at = clock_timestamp()
    where id = ending and state <> 'ended';
    perform pg_notify('trunkline_run', json_build_object('run', ending, 'what', 'state')::text);
    return exists (select from run where concurrency_group = its_group and state <> 'ended');
  end $$`;
