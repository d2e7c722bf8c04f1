import { type Kysely, sql } from 'kysely';

/** What the Git server was told of each run; a row that is missing: nothing yet. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(table).execute(db);
}

const table = `
  create table commit_status (
    run_id text primary key references run (id) on delete cascade,
    told text,
    attempts integer not null default 0,
    retry_at timestamptz,
    error text
  )`;
