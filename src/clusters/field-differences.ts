import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../domain/json.ts';
import { listOf, recordOf, textOf } from './json-reading.ts';

export interface FieldDifference {
  /** `spec.template.spec.containers[api].image` */
  path: string;
  /** undefined: it is not there. */
  before: Json | undefined;
  after: Json | undefined;
}

/** The fields in which two objects differ, each as far down as their parts have names. */
export function fieldDifferences(before: Json | undefined, after: Json | undefined): FieldDifference[] {
  return differences('', before, after);
}

function differences(path: string, before: Json | undefined, after: Json | undefined): FieldDifference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [was, is] = [partsOf(before), partsOf(after)];
  if (was === undefined || is === undefined || was.isList !== is.isList) return [{ path, before, after }];
  const names = [...new Set([...was.parts.keys(), ...is.parts.keys()])];
  return names.flatMap((name) =>
    differences(below(path, name, was.isList), was.parts.get(name), is.parts.get(name)),
  );
}

interface Parts {
  isList: boolean;
  parts: Map<string, Json | undefined>;
}

/** The parts of a structure by name; undefined: it counts as a whole, such as a list whose items have no names. */
function partsOf(value: Json | undefined): Parts | undefined {
  if (Array.isArray(value)) {
    const named = listOf(value).map((item): [string, Json] => [itemName(item), item]);
    const parts = new Map(named);
    const isNamed = parts.size === value.length && !parts.has('');
    return isNamed && value.length > 0 ? { isList: true, parts } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return { isList: false, parts: new Map(Object.entries(recordOf(value))) };
}

/** By what Kubernetes itself tells items of its lists apart, nearly always. */
function itemName({ name, containerPort, port, mountPath }: JsonObject): string {
  if (typeof mountPath === 'string') return mountPath;
  return textOf(name) || String(containerPort ?? port ?? '');
}

function below(path: string, name: string, isItem: boolean): string {
  if (isItem || /[./]/.test(name)) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}

const longestValue = 120;

/** Short text of a value, in one line; null: it is not there. */
export function shownValue(value: Json | undefined, isSecret: boolean): string | null {
  if (value === undefined) return null;
  if (isSecret) return 'a value';
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= longestValue ? line : `${line.slice(0, longestValue - 1).toWellFormed()}…`;
}
