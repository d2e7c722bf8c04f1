import { Gauge, Registry } from 'prom-client';
import { type Delivery, deliveryOf } from '../../domain/dora.ts';
import { deliveryFacts } from '../../store/delivery-facts.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { MetricsText } from '../metrics.ts';

/** The gauges look back so far. */
const deliveryDays = 30;

const gauges = [
  {
    name: 'trunkline_dora_deployments',
    help: 'Changes that became healthy within 30 days, by environment',
    value: ({ deployments }: Delivery) => deployments,
  },
  {
    name: 'trunkline_dora_lead_time_seconds',
    help: 'From a commit to its healthy rollout, median of 30 days, by environment',
    value: ({ leadTimeMs }: Delivery) => secondsOf(leadTimeMs),
  },
  {
    name: 'trunkline_dora_change_failure_ratio',
    help: 'Share of the changes of 30 days that failed or had to be taken back, by environment',
    value: ({ changeFailureRatio }: Delivery) => changeFailureRatio,
  },
  {
    name: 'trunkline_dora_recovery_seconds',
    help: 'From a failure to the next healthy rollout, median of 30 days, by environment',
    value: ({ recoveryMs }: Delivery) => secondsOf(recoveryMs),
  },
  {
    name: 'trunkline_dora_rework_ratio',
    help: 'Share of the rollouts of 30 days that were unplanned, by environment',
    value: ({ reworkRatio }: Delivery) => reworkRatio,
  },
];

/**
 * How well changes are delivered to each environment, in the text of Prometheus; a measure that there is nothing for has no
 * sample. Reads all that was deployed within a month: apart from the metrics that are scraped every few seconds.
 */
export async function deliveryMetrics({
  db,
  config,
}: Pick<HttpDependencies, 'db' | 'config'>): Promise<MetricsText> {
  const registry = new Registry();
  const labelNames = ['environment'];
  const made = gauges.map(({ value, ...facts }) => ({
    value,
    gauge: new Gauge({ ...facts, labelNames, registers: [registry] }),
  }));
  for (const environment of Object.keys(config.environments)) {
    const delivery = await readDelivery(db, { environment, days: deliveryDays });
    for (const { gauge, value } of made) {
      const found = value(delivery);
      if (found !== null) gauge.set({ environment }, found);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

export async function readDelivery(
  db: HttpDependencies['db'],
  { environment, days }: { environment: string; days: number },
): Promise<Delivery> {
  const since = new Date(Date.now() - days * 24 * 3_600_000);
  return deliveryOf(await deliveryFacts(db, { environment, since }), days);
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
