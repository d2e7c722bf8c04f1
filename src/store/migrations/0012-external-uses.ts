import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(uses).execute(db);
}

const uses = `
  create table external_use (
    pipeline text not null,
    repository text not null,
    generation integer not null,
    branch text not null,
    move bigint not null,
    path text not null,
    externals jsonb not null,
    primary key (pipeline, repository, branch)
  );
  alter table decision add column branch_of_use text not null default '';
  alter table decision drop constraint decision_pkey;
  alter table decision add primary key (change_id, pipeline, branch_of_use);
`;
