import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(driftReport).execute(db);
}

const driftReport = `
  create table drift_report (
    environment text primary key,
    looked_at timestamptz,
    objects jsonb not null default '[]',
    problem text,
    wanted_at timestamptz,
    claimed_until timestamptz
  )
`;
