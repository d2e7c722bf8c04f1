import { advise, type Hint, joinHints } from '../../domain/hint.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import { type KubeObject, nameOf } from './objects.ts';
import { isReady } from './pods.ts';

/** A workload whose rollout is healthy by its own status. */
export interface NewVersion {
  /** `deployment/cart` */
  name: string;
  /** Its pod template. */
  template: JsonObject;
  newPods: KubeObject[];
}

/** Whether requests to a Service reach the new version. */
export type ServiceJudgement =
  | { state: 'served'; notes: string[] }
  | { state: 'waiting'; text: string }
  /** Waiting would not help. */
  | { state: 'failed'; text: string; hint: Hint };

/** A Service without a selector, or one that is another name, has no pods of ours behind it. */
export function hasSelector(service: KubeObject): boolean {
  const isAlias = at(service, 'spec', 'type') === 'ExternalName';
  return !isAlias && Object.keys(selectorOf(service)).length > 0;
}

/** The names of container ports that a Service sends requests to, and that no container of the versions has. */
export function deadPorts(service: KubeObject, targets: readonly NewVersion[]): string[] {
  const ports = listOf(at(service, 'spec', 'ports'));
  return ports.filter((port) => !leadsToContainer(port, targets)).map((port) => quoted([port]));
}

/** Whether a Service is one for the pods of a version. */
export function isServiceOf(service: KubeObject, { template }: NewVersion): boolean {
  const labels = recordOf(at(template, 'metadata', 'labels'));
  return Object.entries(selectorOf(service)).every(([key, value]) => labels[key] === value);
}

/**
 * A Service is served when one of its ports leads to a container, and one ready endpoint of it is a new pod.
 *
 * @param endpoints of all its slices: an address family has slices of its own
 */
export function judgeService(
  service: KubeObject,
  endpoints: readonly JsonObject[],
  versions: readonly NewVersion[],
): ServiceJudgement {
  const name = nameOf(service);
  const targets = versions.filter((version) => isServiceOf(service, version));
  if (targets.length === 0) return selectsNothing(service, versions);
  const pods = targets.flatMap(({ newPods }) => newPods);
  // A workload of 0 replicas: its rollout says so.
  if (pods.length === 0) return { state: 'served', notes: [] };
  const ports = listOf(at(service, 'spec', 'ports'));
  const dead = ports.filter((port) => !leadsToContainer(port, targets));
  const names = targets.map((target) => target.name).join(', ');
  if (dead.length > 0 && dead.length === ports.length) {
    const text = `${name} leads nowhere: no container of ${names} has a port named ${quoted(dead)}`;
    return {
      state: 'failed',
      text,
      hint: advise('port-name'),
    };
  }
  const ready = new Set(pods.filter(isReady).map((pod) => pod.metadata.uid));
  if (!endpoints.some((endpoint) => isUsable(endpoint, ready)))
    return { state: 'waiting', text: `${name}: no new pod of ${names} is a ready endpoint of it` };
  return {
    state: 'served',
    notes: dead.map((port) => `${name}: its port ${quoted([port])} leads to no container port`),
  };
}

/** `app=cart,tier=web`, as a query names it too. */
export function selectorText(service: KubeObject): string {
  return Object.entries(selectorOf(service))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}

function selectsNothing(service: KubeObject, versions: readonly NewVersion[]): ServiceJudgement {
  const keys = Object.keys(selectorOf(service));
  const labels = versions.map(({ name, template }) => {
    const all = recordOf(at(template, 'metadata', 'labels'));
    const same = keys.filter((key) => all[key] !== undefined);
    const shown = (same.length === 0 ? Object.keys(all) : same).map((key) => `${key}=${String(all[key])}`);
    return advise('pod-labels', { workload: name, labels: shown.join(',') });
  });
  return {
    state: 'failed',
    text: `${nameOf(service)} selects no pod: its selector ${selectorText(service)} matches nothing`,
    hint: joinHints(...labels),
  };
}

function selectorOf(service: KubeObject): JsonObject {
  return recordOf(at(service, 'spec', 'selector'));
}

/** A number leads wherever something listens; a name only to a container port that has it. */
function leadsToContainer(port: JsonObject, targets: readonly NewVersion[]): boolean {
  const target = port.targetPort;
  if (typeof target !== 'string') return true;
  return targets.some(({ template }) =>
    listOf(at(template, 'spec', 'containers')).some((container) =>
      listOf(container.ports).some(({ name }) => name === target),
    ),
  );
}

/** `ready` may be missing, which means ready; with `publishNotReadyAddresses` it says nothing, so the pod is asked. */
function isUsable(endpoint: JsonObject, ready: ReadonlySet<Json | undefined>): boolean {
  return at(endpoint, 'conditions', 'ready') !== false && ready.has(textOf(at(endpoint, 'targetRef', 'uid')));
}

function quoted(ports: readonly JsonObject[]): string {
  return ports.map(({ targetPort }) => `"${String(targetPort)}"`).join(' or ');
}
