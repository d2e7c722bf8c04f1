import { type Kysely, sql } from 'kysely';

/** What alone a token may see and do; null: no limit. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table token add repositories jsonb, add pipelines jsonb`.execute(db);
}
