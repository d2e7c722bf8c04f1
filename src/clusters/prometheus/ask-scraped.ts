import type { PrometheusConfig } from '../../config/server-config.ts';
import type { PodScrape } from '../../domain/scrape.ts';
import type { PodAddress } from '../cluster-scraping.ts';
import { listOf, recordOf } from '../json-reading.ts';
import { pointOf } from './ask-prometheus.ts';
import { callPrometheus } from './call-prometheus.ts';
import { isTargetOf } from './pod-target.ts';

export interface PodsToScrape {
  namespace: string;
  pods: readonly PodAddress[];
}

/**
 * Whether a Prometheus scrapes pods: by its own series `up`, which whatever answers its queries has; of the others its
 * list of targets tells more, where there is one.
 * @returns null: it cannot be asked
 */
export async function askScraped(
  config: PrometheusConfig,
  wanted: PodsToScrape,
  signal: AbortSignal,
): Promise<PodScrape[] | null> {
  const { pods, namespace } = wanted;
  if (pods.length === 0) return [];
  const answer = await callPrometheus(config, { path: 'query', form: { query: queryFor(pods) } }, signal);
  if (answer.kind === 'error') return null;
  const up = listOf(answer.data.result).filter(({ value }) => pointOf(value) === 1);
  const isUp = (pod: PodAddress) =>
    up.some(({ metric }) => isTargetOf(recordOf(metric), { ...pod, namespace }));
  const others = pods.filter((pod) => !isUp(pod));
  const known = others.length === 0 ? [] : await readTargets(config, { namespace, pods: others }, signal);
  return pods.map(({ name }) => known.find(({ pod }) => pod === name) ?? { pod: name, state: 'up' });
}

/** By what discovery gives every target, its address, or by the label that most configurations make of the pod's name. */
function queryFor(pods: readonly PodAddress[]): string {
  const either = (texts: readonly string[]) => texts.map(escaped).join('|');
  const hosts = either(pods.map(({ address }) => (address.includes(':') ? `[${address}]` : address)));
  const byAddress = `up{instance=~"(?:${hosts}):[0-9]+"}`;
  return `${byAddress} or up{pod=~"${either(pods.map(({ name }) => name))}"}`;
}

function escaped(text: string): string {
  return text.replace(/[.[\]]/g, (char) => String.raw`\\${char}`);
}

/** What stands before several Prometheuses answers queries, and has no targets. */
async function readTargets(
  config: PrometheusConfig,
  { namespace, pods }: PodsToScrape,
  signal: AbortSignal,
): Promise<PodScrape[]> {
  const answer = await callPrometheus(config, { path: 'targets?state=active' }, signal);
  if (answer.kind === 'error') return pods.map(({ name }) => ({ pod: name, state: 'unknown' }));
  const targets = listOf(answer.data.activeTargets);
  return pods.map((pod) => {
    const own = targets.filter(({ discoveredLabels, labels }) =>
      isTargetOf({ ...recordOf(discoveredLabels), ...recordOf(labels) }, { ...pod, namespace }),
    );
    const down = own.find(({ health }) => health === 'down');
    if (down !== undefined) return { pod: pod.name, state: 'down', error: String(down.lastError ?? '') };
    return { pod: pod.name, state: own.length === 0 ? 'absent' : 'pending' };
  });
}
