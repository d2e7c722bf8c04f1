import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import { isSelected, isSelectedNode } from './node-affinity.ts';
import type { Neighbours } from './node-reasons.ts';
import { missingLabels } from './node-room.ts';
import type { KubeObject } from './objects.ts';

/** Where a pod would lie more thickly than its topologySpreadConstraints allow. */
export function spreadReasons(
  pod: KubeObject,
  node: JsonObject,
  around: Pick<Neighbours, 'nodes' | 'pods'>,
): string[] {
  const constraints = listOf(at(pod, 'spec', 'topologySpreadConstraints'));
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway')
    .flatMap((constraint) => spreadReason(pod, constraint, { ...around, node }));
}

function spreadReason(
  pod: KubeObject,
  constraint: JsonObject,
  { nodes, pods, node }: Pick<Neighbours, 'nodes' | 'pods'> & { node: JsonObject },
): string[] {
  const key = textOf(constraint.topologyKey);
  const place = placeOf(node, key);
  if (place === '') return [`topology spread: label ${key} is missing`];
  const counts = countsByPlace(pod, constraint, { nodes, pods });
  const here = counts.get(place) ?? 0;
  // With fewer places than minDomains, one without any such pod counts as being there.
  const isShort = counts.size < numberOf(constraint.minDomains, 1);
  const least = isShort ? 0 : Math.min(...counts.values());
  const allowed = numberOf(constraint.maxSkew, 1);
  const own = isSelected(constraint.labelSelector, labelsOf(pod)) ? 1 : 0;
  if (here + own - least <= allowed) return [];
  return [
    `topology spread: ${key}=${place} has ${here} of these pods, another has ${least} (maxSkew ${allowed})`,
  ];
}

/** Of the places that the pod may go to, by its own selector and affinity. */
function countsByPlace(
  pod: KubeObject,
  { topologyKey, labelSelector }: JsonObject,
  { nodes, pods }: Pick<Neighbours, 'nodes' | 'pods'>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes.filter((one) => mayGoTo(pod, one))) {
    const place = placeOf(node, textOf(topologyKey));
    if (place === '') continue;
    const there = pods.filter(
      (other) =>
        at(other, 'spec', 'nodeName') === at(node, 'metadata', 'name') &&
        at(other, 'metadata', 'namespace') === pod.metadata.namespace &&
        at(other, 'metadata', 'deletionTimestamp') === undefined &&
        isSelected(labelSelector, labelsOf(other)),
    );
    counts.set(place, (counts.get(place) ?? 0) + there.length);
  }
  return counts;
}

function mayGoTo(pod: KubeObject, node: JsonObject): boolean {
  const spec = recordOf(pod.spec);
  const required = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return missingLabels(spec, node).length === 0 && (required === undefined || isSelectedNode(required, node));
}

function placeOf(node: JsonObject, key: string): string {
  return textOf(recordOf(at(node, 'metadata', 'labels'))[key]);
}

function labelsOf(object: JsonObject): JsonObject {
  return recordOf(at(object, 'metadata', 'labels'));
}
