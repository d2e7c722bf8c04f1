import type { Json, JsonObject } from '../../domain/json.ts';
import { listOf, recordOf } from '../json-reading.ts';

/** From an object to a value in it: names of fields, and keys of list items. */
export type FieldPath = (string | { key: JsonObject })[];

/** `f:spec` names a field, `k:{"name":"api"}` an item; what remains is about sets and the thing itself. */
export function stepOf(entry: string): FieldPath[number] | undefined {
  if (entry.startsWith('f:')) return entry.slice(2);
  return entry.startsWith('k:') ? { key: recordOf(JSON.parse(entry.slice(2))) } : undefined;
}

export function valueAt(value: Json | undefined, [step, ...rest]: FieldPath): Json | undefined {
  if (step === undefined || value === undefined) return value;
  if (typeof step === 'string') return valueAt(recordOf(value)[step], rest);
  const isMeant = (item: JsonObject) => Object.entries(step.key).every(([name, key]) => item[name] === key);
  return valueAt(listOf(value).find(isMeant), rest);
}
