import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(known).execute(db);
}

const known = `
  alter table external_use add column stale_since bigint;
  create index external_use_of_repository on external_use (repository);
  create index external_use_used on external_use (repository) where externals <> '[]'::jsonb;
`;
