import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(tables).execute(db);
}

/** What ended before is not counted: counters begin somewhere. `mark` has one row. */
const tables = `
  create table metric_total (
    name text not null,
    labels jsonb not null,
    le float8 not null,
    count bigint not null,
    sum float8 not null,
    primary key (name, labels, le)
  );
  create table metric_mark (
    is_only boolean primary key default true check (is_only),
    counted_until timestamptz not null default now()
  );
  insert into metric_mark default values;
  create index run_ended on run (ended_at) where state = 'ended';
  create index deployment_ended on deployment (ended_at) where state = 'ended';
`;
