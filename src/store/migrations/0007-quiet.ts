import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(quiet).execute(db);
}

const quiet = `
  alter table decision drop constraint decision_verdict_check;
  alter table decision add constraint decision_verdict_check check (verdict in ('run', 'skip', 'wait'));
  alter table decision add column wait_until timestamptz;
  alter table decision add column collapsed_into text references run on delete set null;
  create index decision_waiting on decision (wait_until) where verdict = 'wait';
  create index decision_collapsed on decision (collapsed_into) where collapsed_into is not null;
`;
