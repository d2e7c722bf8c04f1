import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { takeUntoldRun } from '../../src/store/commit-statuses.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { startDatabase } from '../support/postgres.ts';

test('however many runs have ended, a look for untold ones reads those of the last day', async () => {
  await using postgres = await startDatabase();
  // Of one connection PostgreSQL tells at once what it has read.
  await using store = openDatabase({ url: postgres.url, applicationName: 'test', poolSize: 1 });
  const { db } = store;
  await addRuns(db, 10_000);
  await sql`analyze`.execute(db);

  const before = await rowsRead(db);
  const found = await takeUntoldRun(db, { repository: 'shop', holdMs: 1_000 });

  expect(found?.number).toBe(9_998);
  expect((await rowsRead(db)) - before).toBeLessThan(100);
});

/** One each hour, the last but two of which ended within the last day; the last one is queued. */
async function addRuns(db: Db, count: number): Promise<void> {
  await sql`
    insert into run (id, number, pipeline, pipeline_source, definition, repository, generation, branch, move, revision,
      message, trigger, requested_by, parameters, concurrency_group, created_at, state, outcome, ended_at)
    select 'run ' || n, n, 'app', '', '{}', 'shop', 1, 'main', n, 'r' || n,
      '', 'commit', 'ann', '{}', 'all', at, state, case state when 'ended' then 'succeeded' end,
      case state when 'ended' then at end
    from generate_series(1, ${count}::integer) as n
      cross join lateral (select now() - (${count} - n + case when n > ${count} - 3 then 0 else 30 end) * interval '1 hour' as at,
        case n when ${count} then 'queued' else 'ended' end as state) as facts`.execute(db);
}

/** Of all tables, through an index or not, by this connection and all that were closed. */
async function rowsRead(db: Db): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ rows: number }>`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as rows from pg_stat_user_tables
    where schemaname = 'trunkline'`.execute(db);
  return rows[0]?.rows ?? 0;
}
