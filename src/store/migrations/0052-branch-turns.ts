import { type Kysely, sql } from 'kysely';

/** How a branch of Subversion came to be, and where a deleted one went; revision properties of its committers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table change add column renamed jsonb, add column is_replaced boolean,
    add column properties jsonb`.execute(db);
}
