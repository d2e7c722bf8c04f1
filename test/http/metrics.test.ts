import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/store/database.ts';
import { countEnded } from '../../src/store/metric-totals.ts';
import { type HttpFixture, startHttp, storeDeployment, storeRun } from './start-http.ts';

test('what has ended is counted once, also after it was added to the totals and removed', async () => {
  await using http = await startHttp();
  const { db } = http;
  await sql`update metric_mark set counted_until = now() - interval '1 hour'`.execute(db);
  for (const number of [1, 2]) await storeEndedRun(db, { number, minutesAgo: 10 });
  const first = await metricsOf(http);

  await countEnded(db);
  await sql`delete from deployment`.execute(db);
  await sql`delete from run`.execute(db);
  await countEnded(db);
  const second = await metricsOf(http);
  await storeEndedRun(db, { number: 3, minutesAgo: 0 });
  const third = await metricsOf(http);

  expect(first).toMatchObject({
    'trunkline_runs_ended_total{outcome="failed",pipeline="cart"}': 2,
    'trunkline_steps_ended_total{kind="build",outcome="succeeded"}': 2,
    'trunkline_rollouts_ended_total{outcome="succeeded",environment="staging"}': 2,
    'trunkline_run_queue_duration_seconds_bucket{le="15"}': 0,
    'trunkline_run_queue_duration_seconds_bucket{le="60"}': 2,
    trunkline_run_queue_duration_seconds_sum: 40,
    'trunkline_run_duration_seconds_bucket{pipeline="cart",le="60"}': 0,
    'trunkline_run_duration_seconds_bucket{pipeline="cart",le="180"}': 2,
    'trunkline_run_duration_seconds_bucket{pipeline="cart",le="+Inf"}': 2,
    'trunkline_run_duration_seconds_count{pipeline="cart"}': 2,
    'trunkline_hook_to_run_duration_seconds_bucket{repository="shop",le="1"}': 0,
    'trunkline_hook_to_run_duration_seconds_bucket{repository="shop",le="2"}': 2,
    'trunkline_rollout_duration_seconds_count{environment="staging"}': 2,
  });
  expect(countersIn(second)).toEqual(countersIn(first));
  expect(third['trunkline_runs_ended_total{outcome="failed",pipeline="cart"}']).toBe(3);
});

test('every metric is described, and the alerts and the dashboard ask for no other', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const texts = await Promise.all(
    ['/metrics', '/metrics/delivery'].map(async (url) => (await http.app.inject({ url, headers })).body),
  );
  const body = texts.join('');
  const page = await readFile('docs/metrics.md', 'utf8');
  const alerts = await readFile('deploy/prometheus/alerts.yaml', 'utf8');
  const dashboard = await readFile('deploy/prometheus/dashboard.json', 'utf8');

  const told = [...body.matchAll(/^# TYPE (trunkline_\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const described = [...page.matchAll(/^\| `(trunkline_\w+)` \| (\w+)/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const asked = [...`${alerts}${dashboard}`.matchAll(/trunkline_\w+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );

  expect(JSON.parse(dashboard).panels).toHaveLength(6);
  expect(described.toSorted()).toEqual(told.toSorted());
  for (const name of asked) expect(page).toContain(`\`${name}\``);
  await promisify(execFile)('promtool', ['check', 'rules', 'deploy/prometheus/alerts.yaml']);
});

/** Came by a hook, was made a second later, began 20 s after that, and took 100 s. */
async function storeEndedRun(
  db: Db,
  { number, minutesAgo }: { number: number; minutesAgo: number },
): Promise<void> {
  const { id } = await storeRun(db, { number });
  await storeDeployment(db, id);
  const end = sql`now() - ${minutesAgo} * interval '1 minute'`;
  await sql`
    insert into event (id, source, repository, received_at, headers, body, state)
    values (${id}, 'svn-hook', 'shop', ${end} - interval '121 s', '{}', '{}', 'handled')`.execute(db);
  await sql`
    update run set state = 'ended', outcome = 'failed', event_id = ${id}, created_at = ${end} - interval '120 s',
      started_at = ${end} - interval '100 s', ended_at = ${end} where id = ${id}`.execute(db);
  await sql`
    update deployment set state = 'ended', outcome = 'succeeded', started_at = ${end} - interval '30 s',
      ended_at = ${end} where run_id = ${id}`.execute(db);
}

async function metricsOf(http: HttpFixture): Promise<Record<string, number>> {
  const { body } = await http.app.inject({ url: '/metrics', headers: await http.as('read') });
  const lines = body.split('\n').filter((line) => line.startsWith('trunkline_'));
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

function countersIn(metrics: Record<string, number>): [string, number][] {
  const isEnded = /_(?:ended_total|(?:queue|run|rollout)_duration_seconds)/;
  return Object.entries(metrics).filter(([name]) => isEnded.test(name));
}
