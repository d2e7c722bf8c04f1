import { type Kysely, sql } from 'kysely';

/**
 * A history begins with what a run was when it was made. Runs that were open when histories came have none of that: they get
 * a first row for themselves, and one for each step that had begun, before all others.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [firstOfSteps, firstOfRuns]) await sql.raw(part).execute(db);
}

/** The steps first: the row of the run is what tells that its history is whole. Sequences begin at 1. */
const firstOfSteps = `
  insert into transition (run_id, seq, at, step_id, from_state, to_state, outcome, reason, attempt, who)
  overriding system value
  select run.id, -step.position - 1, coalesce(step.started_at, run.created_at), step.id, 'pending',
    coalesce(later.from_state, step.state),
    case when later.run_id is null then step.outcome end, case when later.run_id is null then step.reason end,
    case when later.run_id is null then step.attempt end, run.requested_by
  from step join run on run.id = step.run_id
  left join lateral (
    select run_id, from_state from transition
    where transition.run_id = step.run_id and transition.step_id = step.id order by seq limit 1
  ) as later on true
  where coalesce(later.from_state, step.state) <> 'pending'
    and (run.state <> 'ended' or exists (select from transition where transition.run_id = run.id))
    and not exists (
      select from transition where transition.run_id = run.id and step_id is null and from_state is null
    )`;

const firstOfRuns = `
  insert into transition (run_id, seq, at, from_state, to_state, outcome, reason, who)
  overriding system value
  select run.id, -1000000, run.created_at, null, coalesce(later.from_state, run.state),
    case when later.run_id is null then run.outcome end, case when later.run_id is null then run.reason end,
    run.requested_by
  from run
  left join lateral (
    select run_id, from_state from transition
    where transition.run_id = run.id and transition.step_id is null order by seq limit 1
  ) as later on true
  where (run.state <> 'ended' or exists (select from transition where transition.run_id = run.id))
    and not exists (
      select from transition where transition.run_id = run.id and step_id is null and from_state is null
    )`;
