import { sql } from 'kysely';
import type { RunStanding } from '../domain/commit-status.ts';
import type { Db } from './database.ts';

/** A run whose commit's status is not what its Git server was told last. */
export interface UntoldRun {
  id: string;
  pipeline: string;
  number: number;
  branch: string;
  revision: string;
  standing: RunStanding;
  attempts: number;
}

const standing = sql<RunStanding>`case when run.state = 'ended' then coalesce(run.outcome, 'errored')
  when run.state = 'queued' then 'queued' else 'running' end`;

const columns = sql`id, repository, pipeline, number, branch, revision, state, outcome, created_at`;

/**
 * Takes the oldest run of a repository whose status is to be told, for `holdMs`; after that it is anybody's again. Of
 * several runs of a pipeline for one commit only the newest counts, and what has ended a day ago is let be: each of the
 * two kinds of runs that are left has an index, and with every news of a run all of them are looked at.
 */
export async function takeUntoldRun(
  db: Db,
  { repository, holdMs }: { repository: string; holdMs: number },
): Promise<UntoldRun | undefined> {
  const result = await sql<UntoldRun>`
    with recent as materialized (
      select ${columns} from run where state <> 'ended' and repository = ${repository}
      union all
      select ${columns} from run
      where state = 'ended' and ended_at > statement_timestamp() - interval '1 day' and repository = ${repository}
    ), due as (
      select run.id, run.pipeline, run.number, run.branch, run.revision, ${standing} as standing
      from recent as run left join commit_status on commit_status.run_id = run.id
      where commit_status.told is distinct from ${standing}
        and (commit_status.retry_at is null or commit_status.retry_at <= clock_timestamp())
        and not exists (
          select from run newer
          where newer.repository = run.repository and newer.revision = run.revision
            and newer.pipeline = run.pipeline and newer.number > run.number)
      order by run.created_at limit 1
    ), taken as (
      insert into commit_status as status (run_id, attempts, retry_at)
      select id, 1, clock_timestamp() + ${holdMs} * interval '1 millisecond' from due
      on conflict (run_id) do update set attempts = status.attempts + 1, retry_at = excluded.retry_at
        where status.retry_at is null or status.retry_at <= clock_timestamp()
      returning run_id, attempts
    )
    select due.*, taken.attempts from due join taken on taken.run_id = due.id`.execute(db);
  return result.rows[0];
}

/** Notes that a status was told, or, with the reason, that the Git server does not want it. */
export async function endStatus(
  db: Db,
  { id, standing: told }: Pick<UntoldRun, 'id' | 'standing'>,
  error: string | null,
): Promise<void> {
  const end = { told, error, attempts: 0, retry_at: null };
  await db.updateTable('commit_status').set(end).where('run_id', '=', id).execute();
}

export async function postponeStatus(
  db: Db,
  id: string,
  { inMs, error }: { inMs: number; error: string },
): Promise<void> {
  const later = sql<Date>`clock_timestamp() + ${inMs} * interval '1 millisecond'`;
  await db.updateTable('commit_status').set({ retry_at: later, error }).where('run_id', '=', id).execute();
}
