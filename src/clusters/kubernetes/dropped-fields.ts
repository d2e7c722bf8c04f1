import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../domain/json.ts';
import { isRecord, listOf, recordOf } from '../json-reading.ts';
import { type FieldPath, stepOf, valueAt } from './field-path.ts';
import type { KubeObject } from './objects.ts';

/**
 * The structures that we applied last time, that the object no longer has, and of which an apply nevertheless leaves
 * something: it removes the fields that we own, not the defaults beside them nor the shell around them.
 */
export function droppedStructures(
  { live, object, result }: { live: KubeObject; object: KubeObject; result: KubeObject },
  fieldManager: string,
): FieldPath[] {
  const ours = listOf(live.metadata.managedFields).find(
    (entry) => entry.manager === fieldManager && entry.operation === 'Apply',
  );
  return walk(recordOf(ours?.fieldsV1), object, result);
}

/** Whether a value is the same in two objects, as a default is. */
export function isSameAt(path: FieldPath, left: KubeObject, right: KubeObject): boolean {
  return isDeepStrictEqual(valueAt(left, path), valueAt(right, path));
}

function walk(owned: JsonObject, wanted: Json, result: Json): FieldPath[] {
  return Object.entries(owned).flatMap(([entry, inner]) => {
    const step = stepOf(entry);
    if (step === undefined) return [];
    const [wantedInner, resultInner] = [valueAt(wanted, [step]), valueAt(result, [step])];
    if (resultInner === undefined) return [];
    // An item of a list is removed as a whole, and a plain value is replaced by its default.
    if (wantedInner === undefined) return typeof step === 'string' && isRecord(resultInner) ? [[step]] : [];
    return walk(recordOf(inner), wantedInner, resultInner).map((path) => [step, ...path]);
  });
}
