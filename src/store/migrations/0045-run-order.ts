import { type Kysely, sql } from 'kysely';

/** Runs that one transaction makes are listed in the order in which it makes them: each has a time of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table run alter column created_at set default clock_timestamp()').execute(db);
}
