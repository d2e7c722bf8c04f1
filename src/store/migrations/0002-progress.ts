import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(progress).execute(db);
}

const progress = `
  alter table step add column progress jsonb;

  alter table run drop constraint run_trigger_check;
  alter table run add constraint run_trigger_check
    check (trigger in ('commit', 'api', 'retry', 'rerun', 'rollback'));
`;
