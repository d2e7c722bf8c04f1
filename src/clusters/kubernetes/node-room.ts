import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import { quantityOf } from './quantity.ts';

/** By resource: cores, bytes, pieces. */
export type Amounts = Record<string, number>;

export interface Room {
  node: JsonObject;
  /** Of what the node gives to pods, what its pods have not asked for. */
  left: Amounts;
}

export function isReadyNode(node: JsonObject): boolean {
  return listOf(at(node, 'status', 'conditions')).find(({ type }) => type === 'Ready')?.status === 'True';
}

export function roomOf(node: JsonObject, pods: readonly JsonObject[]): Room {
  const left = amountsOf(at(node, 'status', 'allocatable'));
  const name = textOf(at(node, 'metadata', 'name'));
  for (const pod of pods)
    if (at(pod, 'spec', 'nodeName') === name) take(left, requestsOf(recordOf(pod.spec)));
  return { node, left };
}

export function fits(left: Amounts, needs: Amounts): boolean {
  return Object.entries(needs).every(([name, amount]) => amount === 0 || amount <= (left[name] ?? 0));
}

export function take(left: Amounts, needs: Amounts): void {
  for (const [name, amount] of Object.entries(needs)) left[name] = (left[name] ?? 0) - amount;
}

/** Init containers run one after the other, before the others. */
export function requestsOf(spec: JsonObject): Amounts {
  const total: Amounts = { pods: 1 };
  const requests = ({ resources }: JsonObject) => amountsOf(recordOf(resources).requests);
  for (const container of listOf(spec.containers))
    for (const [name, amount] of Object.entries(requests(container)))
      total[name] = (total[name] ?? 0) + amount;
  for (const container of listOf(spec.initContainers))
    for (const [name, amount] of Object.entries(requests(container)))
      total[name] = Math.max(total[name] ?? 0, amount);
  return total;
}

export function amountsOf(resources: unknown): Amounts {
  return Object.fromEntries(
    Object.entries(recordOf(resources)).map(([name, amount]) => [name, quantityOf(amount)]),
  );
}

/** The labels that a pod wants of its node and that this one has not. */
export function missingLabels(spec: JsonObject, node: JsonObject): string[] {
  const labels = recordOf(at(node, 'metadata', 'labels'));
  return Object.entries(recordOf(spec.nodeSelector)).flatMap(([key, value]) =>
    labels[key] === value ? [] : [`${key}=${textOf(value)}`],
  );
}

/** The taints that keep a pod away. */
export function barringTaints(spec: JsonObject, node: JsonObject): JsonObject[] {
  const tolerations = listOf(spec.tolerations);
  return listOf(at(node, 'spec', 'taints')).filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((one) => tolerates(one, taint)),
  );
}

function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const { key, operator, value, effect } = toleration;
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (operator === 'Exists') return key === undefined || key === '' || key === taint.key;
  return key === taint.key && (value ?? '') === (taint.value ?? '');
}
