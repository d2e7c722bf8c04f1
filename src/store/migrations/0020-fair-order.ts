import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(fairOrder).execute(db);
}

const fairOrder = `
  alter table run
    add column priority smallint not null default 1,
    add column runs_on text[] not null default '{}';
  create index run_begun_of_repository on run (repository, started_at desc) where started_at is not null;
  create index run_begun_of_pipeline on run (pipeline, started_at desc) where started_at is not null;
  alter table worker
    add column labels text[] not null default '{}',
    add column is_drain_asked boolean not null default false,
    add column stopped_taking text;
`;
