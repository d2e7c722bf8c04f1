import { type Kysely, sql } from 'kysely';

/** When the database was restored from a backup: what a repository or a cluster was told after it was taken is not known here. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(restored).execute(db);
}

const restored = `
  create table restored (
    taken_at timestamptz primary key,
    at timestamptz not null default clock_timestamp()
  )`;
