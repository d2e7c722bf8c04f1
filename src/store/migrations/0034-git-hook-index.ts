import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(index).execute(db);
}

/**
 * Hooks of Subversion are never looked for by what they announce, and come by the thousand: they are in none of these.
 * Those that tell of the end of a ref are looked for by its name.
 */
const index = `
  drop index event_of_revision;
  create index event_of_revision on event (repository, revision) where source not in ('svn-hook', 'jenkins-hook');
  create index event_of_deletion on event (repository, (body ->> 'ref'))
    where source not in ('svn-hook', 'jenkins-hook') and (body ->> 'after' ~ '^0+$' or body ->> 'action' = 'delete');
`;
