import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(gitlabPipelines).execute(db);
}

const gitlabPipelines = `
  alter table change add column gitlab jsonb;
  drop index change_move;
  create unique index change_move on change (repository, generation, branch, move)
    where request is null and gitlab is null;
  create unique index change_gitlab on change
    (repository, generation, branch, move, revision, (gitlab ->> 'status')) where gitlab is not null;

  alter table run drop constraint run_trigger_check;
  alter table run add constraint run_trigger_check
    check (trigger in ('commit', 'api', 'retry', 'rerun', 'rollback', 'schedule', 'pipeline', 'promotion',
      'merge-request', 'gitlab-pipeline', 'branch-created', 'branch-deleted', 'tag'));

  alter table watcher add column claimed_at timestamptz, add column read_at timestamptz;
  update watcher set read_at = polled_at;
`;
