import { type RawBuilder, sql } from 'kysely';
import { hookSources } from './hook-source.ts';

/** Limits of each histogram, in seconds. */
export const histogramLimits = {
  run_queue: [1, 5, 15, 60, 300, 900, 3_600],
  run: [10, 30, 60, 180, 600, 1_800, 3_600, 10_800],
  hook_to_run: [0.1, 0.5, 1, 2, 5, 15, 60, 300],
  rollout: [10, 30, 60, 120, 300, 600, 1_800],
} as const;
export type HistogramName = keyof typeof histogramLimits;
export type CounterName = 'runs_ended' | 'steps_ended' | 'rollouts_ended';

export interface MetricTotal {
  name: HistogramName | CounterName;
  labels: Record<string, string>;
  /** Of a histogram: the smallest of its limits that the values are not above; else Infinity. */
  le: number;
  count: number;
  sum: number;
}

/** What has ended after `from` and not after `to`, counted, as rows of `metric_total`. */
export function endedSamples(from: RawBuilder<unknown>, to: RawBuilder<unknown>): RawBuilder<MetricTotal> {
  const within = sql`state = 'ended' and ended_at > ${from} and ended_at <= ${to}`;
  const run = sql`(select * from run where ${within})`;
  return sql<MetricTotal>`(
    ${counter('runs_ended', sql`jsonb_build_object('pipeline', pipeline, 'outcome', outcome)`, sql`${run} as run`)}
    union all
    ${counter(
      'steps_ended',
      sql`jsonb_build_object('kind', step.kind, 'outcome', step.outcome)`,
      sql`${run} as run join step on step.run_id = run.id and step.state = 'ended'`,
    )}
    union all
    ${counter(
      'rollouts_ended',
      sql`jsonb_build_object('environment', environment, 'outcome', outcome)`,
      sql`deployment where ${within}`,
    )}
    union all
    ${histogram(
      'run_queue',
      sql`'{}'::jsonb`,
      sql`select extract(epoch from started_at - created_at) as seconds
      from ${run} as run where started_at is not null`,
    )}
    union all
    ${histogram(
      'run',
      sql`jsonb_build_object('pipeline', pipeline)`,
      sql`
      select extract(epoch from ended_at - started_at) as seconds, pipeline
      from ${run} as run where started_at is not null`,
    )}
    union all
    ${histogram(
      'hook_to_run',
      sql`jsonb_build_object('repository', repository)`,
      sql`
      select extract(epoch from run.created_at - event.received_at) as seconds, run.repository
      from ${run} as run join event on event.id = run.event_id
      where run.trigger in ('commit', 'merge-request', 'gitlab-pipeline', 'branch-created', 'branch-deleted', 'tag')
        and event.source in (${sql.join(hookSources.map((source) => sql.lit(source)))})`,
    )}
    union all
    ${histogram(
      'rollout',
      sql`jsonb_build_object('environment', environment)`,
      sql`
      select extract(epoch from ended_at - started_at) as seconds, environment from deployment where ${within}`,
    )}
  )`;
}

function counter(name: CounterName, labels: RawBuilder<unknown>, source: RawBuilder<unknown>) {
  return sql`select ${sql.lit(name)} as name, ${labels} as labels, 'Infinity'::float8 as le, count(*) as count,
    0::float8 as sum from ${source} group by 2`;
}

function histogram(name: HistogramName, labels: RawBuilder<unknown>, values: RawBuilder<unknown>) {
  const limits = sql.lit(`{${histogramLimits[name].join()}}`);
  return sql`select ${sql.lit(name)}, ${labels}, coalesce((
      select min(le) from unnest(${limits}::float8[]) as le where le >= seconds), 'Infinity'),
      count(*), coalesce(sum(seconds)::float8, 0) from (${values}) as value group by 2, 3`;
}
