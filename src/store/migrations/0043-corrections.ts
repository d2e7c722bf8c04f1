import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(corrections).execute(db);
}

/** What somebody has changed is put back by a run, which keeps the run whose set it puts back. */
const corrections = `
  alter table run drop constraint run_trigger_check;
  alter table run add constraint run_trigger_check
    check (trigger in ('commit', 'api', 'retry', 'rerun', 'rollback', 'schedule', 'pipeline', 'promotion',
      'merge-request', 'gitlab-pipeline', 'branch-created', 'branch-deleted', 'tag', 'correction'));

  drop index run_restoring;
  create index run_restoring on run (id)
    where trigger in ('rollback', 'retry', 'correction')
      and jsonb_path_exists(definition, '$.steps[*].restore.deployId');
  create index run_correcting on run (created_at) where trigger = 'correction';
`;
