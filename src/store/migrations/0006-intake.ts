import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(intake).execute(db);
}

const intake = `
  alter table event drop constraint event_source_check;
  alter table event add constraint event_source_check
    check (source in ('svn-hook', 'jenkins-hook', 'git-hook', 'gitlab-hook', 'github-hook', 'gitea-hook', 'poll', 'api',
      'schedule', 'pipeline'));
  alter table event add column payload text;
`;
