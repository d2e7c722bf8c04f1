import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(git).execute(db);
}

const git = `
  alter table event drop constraint event_source_check;
  alter table event add constraint event_source_check
    check (source in ('svn-hook', 'jenkins-hook', 'git-hook', 'gitlab-hook', 'poll', 'api'));
  create index event_of_revision on event (repository, revision);

  create table git_ref (
    repository text not null,
    generation integer not null,
    ref text not null,
    object_id text,
    move bigint not null,
    primary key (repository, generation, ref)
  );
`;
