import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(sessions).execute(db);
}

const sessions = `
  create table session (
    hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
    token_id text not null references token (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
  );
  create index session_token_id on session (token_id);
  create index session_expires_at on session (expires_at);
`;
