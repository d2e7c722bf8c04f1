import { Counter, type Registry } from 'prom-client';
import type { Db } from '../../store/database.ts';
import {
  type CounterName,
  type HistogramName,
  histogramLimits,
  type MetricTotal,
} from '../../store/ended-samples.ts';
import { readTotals } from '../../store/metric-totals.ts';

const counters = {
  runs_ended: {
    name: 'trunkline_runs_ended_total',
    help: 'Runs that have ended, by pipeline and outcome',
    labelNames: ['pipeline', 'outcome'],
  },
  steps_ended: {
    name: 'trunkline_steps_ended_total',
    help: 'Steps of runs that have ended, by kind and outcome',
    labelNames: ['kind', 'outcome'],
  },
  rollouts_ended: {
    name: 'trunkline_rollouts_ended_total',
    help: 'Rollouts that have ended, by environment and outcome',
    labelNames: ['environment', 'outcome'],
  },
} as const satisfies Record<CounterName, object>;

const histograms = {
  run_queue: {
    name: 'trunkline_run_queue_duration_seconds',
    help: 'How long runs that have ended had waited to begin',
  },
  run: {
    name: 'trunkline_run_duration_seconds',
    help: 'From the begin of a run to its end, by pipeline',
  },
  hook_to_run: {
    name: 'trunkline_hook_to_run_duration_seconds',
    help: 'From the arrival of a hook to the run that it made, by repository',
  },
  rollout: {
    name: 'trunkline_rollout_duration_seconds',
    help: 'From the apply of a rollout to its verdict, by environment',
  },
} as const satisfies Record<HistogramName, object>;

/**
 * What has ended, counted by the database: the same on every server.
 * @returns reads it, once before each scrape; and the histograms as text, which the library can only fill itself
 */
export function registerEndedTotals(registry: Registry, db: Db) {
  let totals: MetricTotal[] = [];
  const of = (name: MetricTotal['name']) => totals.filter((total) => total.name === name);
  for (const key of Object.keys(counters) as CounterName[]) {
    new Counter<string>({
      ...counters[key],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, count } of of(key)) this.inc(labels, count);
      },
    });
  }
  return {
    async read(): Promise<void> {
      totals = await readTotals(db);
    },
    histograms: () =>
      (Object.keys(histograms) as HistogramName[]).map((key) => histogramText(key, of(key))).join(''),
  };
}

function histogramText(key: HistogramName, totals: MetricTotal[]): string {
  const { name, help } = histograms[key];
  const byLabels = Map.groupBy(totals, ({ labels }) => labelText(labels));
  const series = [...byLabels].flatMap(([labels, rows]) => seriesOf(name, { labels, rows, key }));
  return `${[`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...series].join('\n')}\n`;
}

function seriesOf(
  name: string,
  { labels, rows, key }: { labels: string; rows: MetricTotal[]; key: HistogramName },
): string[] {
  const upTo = (limit: number) => sum(rows.filter(({ le }) => le <= limit).map(({ count }) => count));
  const bucket = (le: string, count: number) =>
    `${name}_bucket{${[labels, `le="${le}"`].filter(Boolean).join()}} ${count}`;
  const all = upTo(Number.POSITIVE_INFINITY);
  const whole = labels === '' ? '' : `{${labels}}`;
  return [
    ...histogramLimits[key].map((limit) => bucket(String(limit), upTo(limit))),
    bucket('+Inf', all),
    `${name}_sum${whole} ${sum(rows.map((row) => row.sum))}`,
    `${name}_count${whole} ${all}`,
  ];
}

function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join();
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
