import { type Kysely, sql } from 'kysely';

/** Who is told of runs, how far, and what each was told of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of tables) await sql.raw(table).execute(db);
}

const tables = [
  `create table notifier (
    name text primary key,
    told_until timestamptz not null default clock_timestamp(),
    busy_until timestamptz not null default '-infinity',
    attempts integer not null default 0,
    error text
  )`,
  `create table notification (
    run_id text not null references run (id) on delete cascade,
    notifier text not null,
    step_id text not null default '',
    primary key (run_id, notifier, step_id)
  )`,
];
