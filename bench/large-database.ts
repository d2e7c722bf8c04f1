import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Pipeline } from '../src/domain/pipeline.ts';
import type { Db } from '../src/store/database.ts';
import { dayOf, ensureLogPartition } from '../src/store/log-partitions.ts';
import type { Database } from '../src/store/schema.ts';

export const size = { runs: 100_000, pipelines: 100, linesOfRun: 100, linesOfLargeLog: 1_000_000 };

const days = 100;

/**
 * Fills an empty database as after 100 days: 100,000 runs of 100 pipelines with three steps each, an event, a change and
 * a decision for each, 50,000 rollouts of 100 workloads to two environments, and 10 million lines of log; one run has
 * a million more.
 * @param pipeline what every run has as its definition
 * @returns the id of the run with the large log, and of one in the middle
 */
export async function fillLargeDatabase(
  { db, databaseUrl }: { db: Db; databaseUrl: string },
  pipeline: Pipeline,
): Promise<{ large: string; middle: string }> {
  for (let day = 0; day <= days + 1; day += 1) {
    await ensureLogPartition(db, dayOf(new Date(Date.now() - (days - day) * 24 * 60 * 60_000)));
  }
  // A connection of its own: no statement of the product may take as long.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, options: '-c search_path=trunkline' });
  await using own: Db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  await fillTables(own, pipeline, size.runs);
  await fillLogs(own);
  await sql`vacuum analyze`.execute(own);
  return { large: runId(size.runs / 4), middle: runId(size.runs / 2) };
}

function runId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

const id = sql`'00000000-0000-4000-8000-' || lpad(n::text, 12, '0')`;
const made = (runs: number) => sql`now() - (${runs} - n) * interval '1 day' * ${days}::float8 / ${runs}`;
const branch = sql`case when n % 7 = 0 then 'branches/release-' || n % 5 else 'trunk' end`;
const numbers = (runs: number) => sql`generate_series(0, ${runs - 1}) as n`;
const outcome = sql`case when n % 20 = 0 then 'failed' when n % 1000 = 1 then 'errored' else 'succeeded' end`;

/** All but the logs, in a database of any size. */
export async function fillTables(db: Db, pipeline: Pipeline, runs: number): Promise<void> {
  await fillRuns(db, JSON.stringify(pipeline), runs);
  await fillDeployments(db, runs);
}

async function fillRuns(db: Db, definition: string, runs: number): Promise<void> {
  await sql`
    insert into event (id, source, repository, received_at, headers, body, state, handled_at, revision)
    select 'event-' || n, 'svn-hook', 'shop', ${made(runs)}, '{}', jsonb_build_object('revision', n), 'handled',
      ${made(runs)}, n::text
    from ${numbers(runs)}`.execute(db);
  await sql`
    insert into change (id, repository, generation, branch, move, revision, author, message, paths, path_count, event_id)
    select 'change-' || n, 'shop', 1, ${branch}, n + 1, n::text, 'ann', 'Sell more of everything, part ' || n,
      '[{"path": "services/cart/main.ts", "action": "modified", "kind": "file"}]', 1, 'event-' || n
    from ${numbers(runs)}`.execute(db);
  await sql`
    insert into run (id, number, pipeline, pipeline_source, definition, repository, generation, branch, move, revision,
      author, message, trigger, requested_by, parameters, event_id, concurrency_group, state, outcome, reason,
      created_at, started_at, ended_at, told, is_followed)
    select ${id}, 1 + n / ${size.pipelines}::int, 'service-' || n % ${size.pipelines}::int, 'name: service',
      ${definition}::jsonb, 'shop', 1, ${branch}, n + 1, n::text, 'ann', 'Sell more of everything, part ' || n,
      'commit', 'ann', '{}', 'event-' || n, 'all',
      case when n >= ${runs - 5} then 'running' else 'ended' end,
      case when n >= ${runs - 5} then null else ${outcome} end,
      case when n % 20 = 0 then 'step unit: exit code 1' end,
      ${made(runs)}, ${made(runs)}, case when n >= ${runs - 5} then null else ${made(runs)} + interval '90 s' end,
      '{"trigger": "commit"}', true
    from ${numbers(runs)}`.execute(db);
  await sql`
    insert into decision (change_id, pipeline, verdict, filters, run_id)
    select 'change-' || n, 'service-' || n % ${size.pipelines}::int, 'run',
      '[{"filter": "branches", "expected": "trunk", "actual": "trunk", "passed": true}]', ${id}
    from ${numbers(runs)}`.execute(db);
  await sql`
    insert into step (run_id, id, position, kind, state, outcome, attempt, started_at, ended_at, output)
    select ${id}, step.id, step.position, step.kind, 'ended', ${outcome}, 1, ${made(runs)}, ${made(runs)} + interval '30 s',
      step.output::jsonb
    from ${numbers(runs)}, (values
      ('image', 0, 'build', '{"imageId": "sha256:1"}'),
      ('push', 1, 'push', '{"image": "image", "repository": "r/shop", "digest": "sha256:2", "tags": ["r7"]}'),
      ('live', 2, 'deploy', '{}')) as step (id, position, kind, output)`.execute(db);
}

async function fillDeployments(db: Db, runs: number): Promise<void> {
  await sql`
    insert into deployment (id, run_id, step_id, environment, target, deploy_id, repository, branch, move, revision,
      state, outcome, images, manifests, started_at, ended_at)
    select 'deployment-' || n, ${id}, 'live', case when n % 4 = 1 then 'production' else 'staging' end,
      'cluster/shop/deployment/service-' || n % ${size.pipelines}::int, 'deploy-' || n, 'shop', ${branch}, n + 1, n::text,
      'ended', ${outcome}, '{"shop/service": "r/shop@sha256:2"}',
      jsonb_build_array(jsonb_build_object('kind', 'Deployment', 'spec', repeat(md5(n::text), 60))),
      ${made(runs)}, ${made(runs)} + interval '30 s'
    from ${numbers(runs)} where n % 2 = 1`.execute(db);
}

/** A run's log has the lines of one of a thousand texts. */
async function fillLogs(db: Db): Promise<void> {
  await sql`
    create table text_of_log as
    select part, string_agg(
      '2026-11-28T07:07:00.123Z step ' || line || ' of the build: ' || md5((part * 1000 + line)::text)
        || ' ' || md5((part * 999 + line)::text), E'\n') || E'\n' as text
    from generate_series(0, 999) as part, generate_series(1, ${size.linesOfRun}) as line group by part`.execute(
    db,
  );
  await sql`
    insert into log_chunk (day, run_id, seq, step_id, at, text)
    select (run.created_at at time zone 'UTC')::date, run.id, 1, 'image', run.created_at, text_of_log.text
    from run join text_of_log on part = run.move % 1000`.execute(db);
  const largeRun = runId(size.runs / 4);
  await sql`
    insert into log_chunk (day, run_id, seq, step_id, at, text)
    select (run.created_at at time zone 'UTC')::date, run.id, 2 + n, 'image', run.created_at, text_of_log.text
    from run, generate_series(1, ${size.linesOfLargeLog / size.linesOfRun}) as n
      join text_of_log on part = n % 1000
    where run.id = ${largeRun}`.execute(db);
  await sql`drop table text_of_log`.execute(db);
}
