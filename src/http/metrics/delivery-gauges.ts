import { Gauge, type Registry } from 'prom-client';
import { type Delivery, deliveryOf } from '../../domain/dora.ts';
import { deliveryFacts } from '../../store/delivery-facts.ts';
import type { HttpDependencies } from '../dependencies.ts';

/** The gauges of a scrape look back so far. */
export const deliveryDays = 30;
/** What is looked back on for a month does not change with every scrape. */
const keptMs = 60_000;

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

/** How well changes are delivered to each environment; a measure that there is nothing for has no sample. */
export function registerDeliveryGauges(registry: Registry, { db, config }: HttpDependencies): void {
  const read = keptFor(keptMs, () =>
    Promise.all(
      Object.keys(config.environments).map(async (environment) => ({
        environment,
        delivery: await readDelivery(db, { environment, days: deliveryDays }),
      })),
    ),
  );
  for (const { value, ...facts } of gauges) {
    new Gauge({
      ...facts,
      labelNames: ['environment'],
      registers: [registry],
      async collect() {
        const all = await read();
        this.reset();
        for (const { environment, delivery } of all) {
          const found = value(delivery);
          if (found !== null) this.set({ environment }, found);
        }
      },
    });
  }
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

/** One reading for all who ask meanwhile; one that fails is made anew by the next who asks. */
function keptFor<Value>(ms: number, make: () => Promise<Value>): () => Promise<Value> {
  let kept: { at: number; value: Promise<Value> } | undefined;
  return () => {
    if (kept !== undefined && performance.now() - kept.at < ms) return kept.value;
    const value = make();
    const made = { at: performance.now(), value };
    kept = made;
    value.catch(() => {
      if (kept === made) kept = undefined;
    });
    return value;
  };
}
