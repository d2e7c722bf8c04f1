import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(mergeRequests).execute(db);
}

const mergeRequests = `
  alter table change add column request jsonb;
  alter table change drop constraint change_repository_generation_branch_move_key;
  create unique index change_move on change (repository, generation, branch, move) where request is null;
  create unique index change_request on change
    (repository, generation, branch, move, revision, (request ->> 'number')) where request is not null;

  alter table run drop constraint run_trigger_check;
  alter table run add constraint run_trigger_check
    check (trigger in ('commit', 'api', 'retry', 'rerun', 'rollback', 'schedule', 'pipeline', 'promotion',
      'merge-request'));
  alter table run add column told jsonb not null default '{}';
`;
