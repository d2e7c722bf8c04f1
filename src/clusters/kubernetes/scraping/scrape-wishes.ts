import type { JsonObject } from '../../../domain/json.ts';
import type { ScrapeWish } from '../../cluster-scraping.ts';
import { at, listOf, recordOf, textOf } from '../../json-reading.ts';
import { isSelected } from '../node-affinity.ts';
import { operatorTrouble } from './operator-trouble.ts';

/** What in a namespace may have to do with the scraping of some pods; null: it may not be listed, or is unknown. */
export interface Around {
  pods: readonly JsonObject[];
  services: readonly JsonObject[];
  /** Of all namespaces. */
  serviceMonitors: readonly JsonObject[];
  podMonitors: readonly JsonObject[];
  prometheuses: readonly JsonObject[] | null;
  namespace: string;
}

/** All that asks for these pods to be scraped, each with what keeps it from that. */
export function wishesOf(around: Around): ScrapeWish[] {
  return [...annotationWishes(around), ...serviceMonitorWishes(around), ...podMonitorWishes(around)];
}

/** A convention of many configurations, which the operator's Prometheus does not know. */
function annotationWishes(around: Around): ScrapeWish[] {
  const { pods, services } = around;
  const [pod] = pods.filter(isAnnotated);
  const served = services.filter((service) => isAnnotated(service) && selectsPods(service, pods));
  const mismatch = (annotated: JsonObject) => portMismatch(annotated, pods) ?? operatorTrouble(around, null);
  const ofPods = pod === undefined ? [] : [{ by: `${annotation} of the pods`, mismatch: mismatch(pod) }];
  const ofServices = served.map((service) => ({
    by: `${annotation} of service/${nameIn(service)}`,
    mismatch: mismatch(service),
  }));
  return [...ofPods, ...ofServices];
}

const annotation = 'the annotation prometheus.io/scrape';

function isAnnotated(object: JsonObject): boolean {
  return at(object, 'metadata', 'annotations', 'prometheus.io/scrape') === 'true';
}

/** A port that no container names may be listened to all the same; one beside others that are named hardly is. */
function portMismatch(annotated: JsonObject, pods: readonly JsonObject[]): string | null {
  const wanted = textOf(at(annotated, 'metadata', 'annotations', 'prometheus.io/port'));
  const ports = portsOf(pods).map(({ containerPort }) => String(containerPort));
  if (wanted === '' || ports.length === 0 || ports.includes(wanted)) return null;
  return `its prometheus.io/port is ${wanted}, and the containers have ${listed(ports)}`;
}

/** It selects Services by their labels, and names one of their ports. */
function serviceMonitorWishes(around: Around): ScrapeWish[] {
  const { pods, services, namespace, serviceMonitors } = around;
  return serviceMonitors.flatMap((monitor) => {
    if (!isFor(monitor, namespace)) return [];
    const by = `servicemonitor/${nameIn(monitor)}`;
    const selected = services.filter((service) => means(monitor, service));
    const ours = selected.filter((service) => selectsPods(service, pods));
    if (ours.length > 0) {
      const mismatch = servicePortMismatch(monitor, ours) ?? operatorTrouble(around, monitor);
      return [{ by, mismatch }];
    }
    if (selected.length > 0 || !pods.some((pod) => means(monitor, pod))) return [];
    const behind = services.filter((service) => selectsPods(service, pods)).map(nameIn);
    const whose =
      behind.length === 0 ? 'and no Service selects these' : `not those of service/${listed(behind)}`;
    return [
      {
        by,
        mismatch: `its selector matches the labels of the pods, ${whose}: it selects Services by theirs`,
      },
    ];
  });
}

function servicePortMismatch(monitor: JsonObject, services: readonly JsonObject[]): string | null {
  const names = services.flatMap((service) =>
    listOf(at(service, 'spec', 'ports')).map(({ name }) => textOf(name)),
  );
  return namedPortMismatch(monitor, 'endpoints', { names, of: `service/${listed(services.map(nameIn))}` });
}

function podMonitorWishes(around: Around): ScrapeWish[] {
  const { pods, namespace, podMonitors } = around;
  return podMonitors.flatMap((monitor) => {
    if (!isFor(monitor, namespace) || !pods.some((pod) => means(monitor, pod))) return [];
    const names = portsOf(pods).map(({ name }) => textOf(name));
    const mismatch = namedPortMismatch(monitor, 'podMetricsEndpoints', { names, of: 'the containers' });
    return [{ by: `podmonitor/${nameIn(monitor)}`, mismatch: mismatch ?? operatorTrouble(around, monitor) }];
  });
}

/** One endpoint that leads somewhere is enough; one that says no port, or a number, is left to Prometheus. */
function namedPortMismatch(
  monitor: JsonObject,
  key: 'endpoints' | 'podMetricsEndpoints',
  { names, of }: { names: readonly string[]; of: string },
): string | null {
  const wanted = listOf(at(monitor, 'spec', key)).map(({ port }) => textOf(port));
  if (wanted.some((port) => port === '' || names.includes(port))) return null;
  const known = [...new Set(names.filter((name) => name !== ''))];
  const has = known.length === 0 ? 'has no port with a name' : `has ${listed(known)}`;
  return `it names the port ${listed(wanted)}, and ${of} ${of === 'the containers' ? has.replace('has', 'have') : has}`;
}

/** Its own namespace, unless it names others, or any. */
function isFor(monitor: JsonObject, namespace: string): boolean {
  const { any, matchNames } = recordOf(at(monitor, 'spec', 'namespaceSelector'));
  if (any === true) return true;
  if (Array.isArray(matchNames) && matchNames.length > 0) return matchNames.includes(namespace);
  return at(monitor, 'metadata', 'namespace') === namespace;
}

function means(monitor: JsonObject, object: JsonObject): boolean {
  return isSelected(at(monitor, 'spec', 'selector'), recordOf(at(object, 'metadata', 'labels')));
}

function selectsPods(service: JsonObject, pods: readonly JsonObject[]): boolean {
  const wanted = Object.entries(recordOf(at(service, 'spec', 'selector')));
  const isBehind = (pod: JsonObject) =>
    wanted.every(([key, value]) => recordOf(at(pod, 'metadata', 'labels'))[key] === value);
  return wanted.length > 0 && pods.some(isBehind);
}

function portsOf(pods: readonly JsonObject[]): JsonObject[] {
  return pods.flatMap((pod) => listOf(at(pod, 'spec', 'containers')).flatMap(({ ports }) => listOf(ports)));
}

function nameIn(object: JsonObject): string {
  return textOf(at(object, 'metadata', 'name'));
}

function listed(texts: readonly string[]): string {
  return [...new Set(texts)].join(' and ');
}
