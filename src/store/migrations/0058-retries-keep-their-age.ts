import { type Kysely, sql } from 'kysely';

/** A retry goes on with an older run: it is as old as that one, however late somebody asks for it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table run add column first_made_at timestamptz').execute(db);
}
