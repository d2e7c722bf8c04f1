import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(branchEvents).execute(db);
}

const branchEvents = `
  alter table change add column happened text check (happened in ('created', 'deleted'));

  alter table run drop constraint run_trigger_check;
  alter table run add constraint run_trigger_check
    check (trigger in ('commit', 'api', 'retry', 'rerun', 'rollback', 'schedule', 'pipeline', 'promotion',
      'merge-request', 'branch-created', 'branch-deleted', 'tag'));
`;
