import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(artifacts).execute(db);
}

const artifacts = `
  create table artifact (
    id uuid primary key default gen_random_uuid(),
    set_id uuid not null,
    path text not null,
    bytes bigint not null,
    mode integer not null,
    created_at timestamptz not null default clock_timestamp(),
    unique (set_id, path)
  );
  create index artifact_age on artifact (created_at);
  create table artifact_chunk (
    artifact_id uuid not null references artifact on delete cascade,
    seq integer not null,
    data bytea not null,
    primary key (artifact_id, seq)
  );
`;
