import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(sparseTrees).execute(db);
}

const sparseTrees = `
  alter table external_use add column only_parts text[] not null default '{}';
`;
