import type { Json, JsonObject } from '../../domain/json.ts';
import { isRecord } from '../json-reading.ts';
import type { KubeObject } from './objects.ts';

/**
 * Writes quantities that stand there as numbers (`cpu: 1`) as text. `kubectl apply` takes both; in server-side apply
 * API servers of old versions take text alone.
 */
export function withQuantityTexts(object: KubeObject): KubeObject {
  return ownGroups.test(object.apiVersion) ? { ...object, ...inside(object, '') } : object;
}

/** What a custom resource has under the same names may be numbers indeed. */
const ownGroups = /^(?:v1|(?:apps|batch|autoscaling|policy)\/.*)$/;

/** Whose members are quantities, by their own name and that of what they stand in. */
const maps = new Set([
  ...['resources.requests', 'resources.limits', 'spec.overhead', 'spec.hard', 'spec.capacity'],
  ...['limits.max', 'limits.min', 'limits.default', 'limits.defaultRequest', 'limits.maxLimitRequestRatio'],
]);

const singles = new Set([
  ...['emptyDir.sizeLimit', 'resourceFieldRef.divisor', 'target.averageValue', 'target.value'],
]);

/** Members of a list count as standing in what the list stands in: `spec.limits[0].max` is `limits.max`. */
function inside(record: JsonObject, name: string): JsonObject {
  const written = (key: string, value: Json): Json => {
    const place = `${name}.${key}`;
    if (singles.has(place)) return quantityText(value);
    if (Array.isArray(value)) return value.map((item) => (isRecord(item) ? inside(item, key) : item));
    if (!isRecord(value)) return value;
    if (!maps.has(place)) return inside(value, key);
    return Object.fromEntries(Object.entries(value).map(([unit, amount]) => [unit, quantityText(amount)]));
  };
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, written(key, value)]));
}

function quantityText<T>(value: T): T | string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
}
