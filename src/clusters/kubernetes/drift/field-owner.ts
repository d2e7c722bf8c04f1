import type { JsonObject } from '../../../domain/json.ts';
import { recordOf, textOf, timeOf } from '../../json-reading.ts';
import { hasFields } from './field-name.ts';

/** The newest of those who manage a field now. */
export function ownerOf(others: JsonObject[], entries: readonly string[]): JsonObject | undefined {
  return newest(others.filter((entry) => holds(recordOf(entry.fieldsV1), entries)));
}

function holds(owned: JsonObject, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  const inner = owned[first];
  if (inner === undefined) return false;
  return !hasFields(inner) || holds(recordOf(inner), rest);
}

/** Who removes a field owns nothing of it afterwards: it was one of those who wrote since. */
export function newestSince(others: JsonObject[], since: number): JsonObject | undefined {
  return newest(
    others.filter(
      (entry) =>
        !isController(textOf(entry.manager)) && !textOf(entry.subresource) && timeOf(entry.time) >= since,
    ),
  );
}

function newest(entries: JsonObject[]): JsonObject | undefined {
  return entries.toSorted((left, right) => timeOf(left.time) - timeOf(right.time)).at(-1);
}

export function isOurs(manager: string): boolean {
  return manager.startsWith('trunkline');
}

/** Programs of clusters, which change objects all the time and are nobody's hands. */
export function isController(manager: string): boolean {
  return /^(kube-|k3s|cloud-|keda|vpa-|cluster-autoscaler)|controller|operator|autoscaler/i.test(manager);
}

/** People scale too, and that is a change. */
export function isScaler(owner: JsonObject | undefined): boolean {
  const manager = textOf(owner?.manager);
  return isController(manager) || (textOf(owner?.subresource) === 'scale' && !manager.startsWith('kubectl'));
}
