import { type Kysely, sql } from 'kysely';

/** Trees whose externals became known after later revisions had been decided on. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(lateExternals).execute(db);
}

const lateExternals = `
  alter table external_use add column unfollowed_since bigint;
  create index external_use_unfollowed on external_use (repository) where unfollowed_since is not null;
`;
