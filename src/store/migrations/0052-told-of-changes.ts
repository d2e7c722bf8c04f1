import { type Kysely, sql } from 'kysely';

/**
 * Subversion: how a branch came to be, and where a deleted one went; revision properties of the committers. Git: the ids of
 * annotated tags, by which hooks tell of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(told).execute(db);
}

const told = `
  alter table change add column renamed jsonb, add column is_replaced boolean, add column properties jsonb,
    add column tag_object text;
  create index change_of_tag_object on change (repository, tag_object) where tag_object is not null;
`;
