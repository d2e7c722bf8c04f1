import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(cursorDate).execute(db);
}

/** By its date a revision is told from another one of the same number, in a repository that was restored from a backup. */
const cursorDate = `
  alter table watcher add column cursor_date text
`;
