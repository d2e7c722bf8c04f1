import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import { isSelected, isSelectedNode, selectorText } from './node-affinity.ts';
import { amountsOf, barringTaints, isReadyNode, missingLabels, type Room, requestsOf } from './node-room.ts';
import { spreadReasons } from './node-spread.ts';
import type { KubeObject } from './objects.ts';
import type { ClaimState } from './pod-claims.ts';

/** What one node has against a pod. */
export interface NodeReasons {
  node: string;
  /** What it has left: `{ cpu: '0.9', memory: '1.2 Gi' }` */
  free: Record<string, string>;
  /** None: it would take the pod. */
  why: string[];
}

export interface Neighbours {
  nodes: readonly JsonObject[];
  /** Those of all namespaces that have not ended. */
  pods: readonly JsonObject[];
  claims: readonly ClaimState[];
}

/** What the scheduler looks at, but for preemption and plugins. */
export function reasonsAgainst(pod: KubeObject, room: Room, around: Neighbours): NodeReasons {
  const { node, left } = room;
  const spec = recordOf(pod.spec);
  const name = textOf(at(node, 'metadata', 'name'));
  const why = [
    ...(at(node, 'spec', 'unschedulable') === true ? ['cordoned'] : []),
    ...(isReadyNode(node) ? [] : ['not ready']),
    ...barringTaints(spec, node)
      .filter(isNews)
      .map((taint) => `taint ${taintText(taint)}`),
    ...missingLabels(spec, node).map((label) => `label ${label} is missing`),
    ...affinityReasons(spec, node),
    ...shortages(spec, room),
    ...portReasons(
      spec,
      around.pods.filter((other) => at(other, 'spec', 'nodeName') === name),
    ),
    ...neighbourReasons(pod, node, around),
    ...spreadReasons(pod, node, around),
    ...around.claims.flatMap((claim) => volumeReason(claim, node)),
  ];
  const free = { cpu: amountText('cpu', left.cpu ?? 0), memory: amountText('memory', left.memory ?? 0) };
  return { node: name, free, why };
}

/** What the cluster itself taints a node with is told already. */
function isNews({ key }: JsonObject): boolean {
  return !['node.kubernetes.io/unschedulable', 'node.kubernetes.io/not-ready'].includes(textOf(key));
}

function taintText({ key, value, effect }: JsonObject): string {
  return `${textOf(key)}${textOf(value) === '' ? '' : `=${textOf(value)}`}:${textOf(effect)}`;
}

function affinityReasons(spec: JsonObject, node: JsonObject): string[] {
  const required = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  if (required === undefined || isSelectedNode(required, node)) return [];
  const terms = listOf(at(required, 'nodeSelectorTerms')).map(({ matchExpressions, matchFields }) =>
    selectorText([...listOf(matchExpressions), ...listOf(matchFields)]),
  );
  return [`node affinity wants ${terms.join(' or ')}`];
}

/** `cpu: 900 asked, 0.9 of 2 free` */
function shortages(spec: JsonObject, { node, left }: Room): string[] {
  const given = amountsOf(at(node, 'status', 'allocatable'));
  return Object.entries(requestsOf(spec)).flatMap(([name, amount]) => {
    const free = left[name] ?? 0;
    if (amount === 0 || amount <= free) return [];
    const text = (value: number) => amountText(name, value);
    return [`${name}: ${text(amount)} asked, ${text(Math.max(0, free))} of ${text(given[name] ?? 0)} free`];
  });
}

/** Cores, or bytes in the unit that a manifest would have. */
function amountText(name: string, amount: number): string {
  const isBytes = name.includes('memory') || name.includes('storage') || name.startsWith('hugepages');
  if (!isBytes) return String(Number(amount.toFixed(2)));
  const [size, unit] = Math.abs(amount) < 2 ** 30 ? [2 ** 20, 'Mi'] : [2 ** 30, 'Gi'];
  return `${Number((amount / size).toFixed(1))} ${unit}`;
}

function portReasons(spec: JsonObject, pods: readonly JsonObject[]): string[] {
  return hostPorts(spec).flatMap((port) => {
    const owner = pods.find((other) => hostPorts(recordOf(other.spec)).includes(port));
    return owner === undefined ? [] : [`host port ${port} is taken by pod ${qualifiedName(owner)}`];
  });
}

function hostPorts(spec: JsonObject): string[] {
  return listOf(spec.containers)
    .flatMap(({ ports }) => listOf(ports))
    .filter(({ hostPort }) => numberOf(hostPort, 0) > 0)
    .map(({ hostPort, protocol }) => `${numberOf(hostPort, 0)}/${textOf(protocol) || 'TCP'}`);
}

/** Pods that must not, or must, be near. */
function neighbourReasons(pod: KubeObject, node: JsonObject, around: Neighbours): string[] {
  const terms = (of: string) =>
    listOf(at(pod, 'spec', 'affinity', of, 'requiredDuringSchedulingIgnoredDuringExecution'));
  const near = (term: JsonObject) => nearby(pod, term, { ...around, node });
  const avoided = terms('podAntiAffinity').flatMap((term) => {
    const [other] = near(term);
    return other === undefined ? [] : [`anti-affinity to pod ${qualifiedName(other)}`];
  });
  const missed = terms('podAffinity').filter((term) => near(term).length === 0);
  return [...avoided, ...missed.map(() => 'affinity: the pods that it wants to be near are not')];
}

/** The pods a term means, on nodes of the same place as this one. */
function nearby(
  pod: KubeObject,
  { topologyKey, labelSelector, namespaces }: JsonObject,
  { nodes, pods, node }: Neighbours & { node: JsonObject },
): JsonObject[] {
  const placeOf = (of: JsonObject | undefined) => recordOf(at(of, 'metadata', 'labels'))[textOf(topologyKey)];
  const place = placeOf(node);
  const own = textOf(pod.metadata.namespace);
  const spaces = Array.isArray(namespaces) && namespaces.length > 0 ? namespaces : [own];
  if (place === undefined) return [];
  return pods.filter((other) => {
    const host = nodes.find((one) => at(one, 'metadata', 'name') === at(other, 'spec', 'nodeName'));
    return (
      placeOf(host) === place &&
      spaces.includes(textOf(at(other, 'metadata', 'namespace'))) &&
      isSelected(labelSelector, recordOf(at(other, 'metadata', 'labels')))
    );
  });
}

function volumeReason({ name, nodes: of, phase, trouble }: ClaimState, node: JsonObject): string[] {
  if (trouble !== null) return [`volume: claim ${name} is ${phase === null ? 'missing' : 'not bound'}`];
  if (of === null || isSelectedNode(of, node)) return [];
  const terms = listOf(at(of, 'nodeSelectorTerms')).map((term) =>
    selectorText(listOf(term.matchExpressions)),
  );
  return [`volume: claim ${name} is bound to a volume of ${terms.join(' or ')}`];
}

function qualifiedName(pod: JsonObject): string {
  return `${textOf(at(pod, 'metadata', 'namespace'))}/${textOf(at(pod, 'metadata', 'name'))}`;
}
