import type { JsonObject } from '../../../domain/json.ts';
import { at, recordOf, textOf } from '../../json-reading.ts';
import { isSelected } from '../node-affinity.ts';
import type { Around } from './scrape-wishes.ts';

/**
 * Why the Prometheus operator makes nothing of a monitor, or of an annotation (`monitor` null): whether one of its
 * Prometheuses selects it.
 * @returns null: one does, or there is no such operator as far as we may see
 */
export function operatorTrouble(
  { prometheuses }: Pick<Around, 'prometheuses'>,
  monitor: JsonObject | null,
): string | null {
  if (prometheuses === null || prometheuses.length === 0) return null;
  // Whoever writes configuration of his own may read anything.
  if (prometheuses.some((one) => at(one, 'spec', 'additionalScrapeConfigs') !== undefined)) return null;
  if (monitor === null)
    return "the operator's Prometheus reads no annotations: it wants a PodMonitor or ServiceMonitor";
  const key =
    monitor.kind === 'PodMonitor' || at(monitor, 'spec', 'podMetricsEndpoints') !== undefined
      ? 'podMonitorSelector'
      : 'serviceMonitorSelector';
  const labels = recordOf(at(monitor, 'metadata', 'labels'));
  const selectors = prometheuses.map((one) => ({ one, selector: at(one, 'spec', key) }));
  // No selector selects nothing, an empty one everything.
  const isSelecting = ({ selector }: { selector: unknown }) =>
    selector !== undefined && selector !== null && isSelected(selector, labels);
  if (selectors.some(isSelecting)) return null;
  const wants = selectors.map(({ one, selector }) => {
    const wanted = Object.entries(recordOf(at(selector, 'matchLabels'))).map(
      ([label, value]) => `${label}=${textOf(value)}`,
    );
    const what = wanted.length === 0 ? 'does not mean it' : `wants the label ${wanted.join(', ')}`;
    return `${key} of prometheus/${textOf(at(one, 'metadata', 'name'))} ${what}`;
  });
  return `no Prometheus takes it up: ${wants.join('; ')}`;
}
