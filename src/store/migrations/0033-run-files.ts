import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db);
}

/** Texts that many runs were put together from stand once. Runs of before have theirs in their definition. */
const tables = `
  create table file_text (sha256 text primary key, text text not null);
  create table run_file (
    run_id text not null references run on delete cascade,
    sha256 text not null references file_text,
    primary key (run_id, sha256)
  );
  create index run_file_text on run_file (sha256);
  create index change_age on change (created_at, id);
`;
