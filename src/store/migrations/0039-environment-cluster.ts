import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(environmentCluster).execute(db);
}

const environmentCluster = `
  create table environment_cluster (
    environment text primary key,
    cluster_id text not null,
    recorded_at timestamptz not null default clock_timestamp()
  )
`;
