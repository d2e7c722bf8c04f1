import { type Kysely, sql } from 'kysely';

/** How a branch of Subversion came to be, and where a deleted one went. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table change add column renamed jsonb, add column is_replaced boolean`.execute(db);
}
