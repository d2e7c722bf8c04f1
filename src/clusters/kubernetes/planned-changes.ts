import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { PlannedChange } from '../../domain/planned-change.ts';
import { listOf, recordOf, textOf } from '../json-reading.ts';
import { shown } from './drift/field-drift.ts';
import { isNoise } from './drift/field-name.ts';
import { type KubeObject, nameOf } from './objects.ts';

/**
 * What a write changes: the live object beside what the server would make of it. Both have the server's defaults, so
 * only what differs by intent is told.
 */
export function plannedChange(live: KubeObject | null, result: KubeObject): PlannedChange {
  const object = nameOf(result);
  if (live === null) return { object, isNew: true, fields: [] };
  const isSecret = result.kind === 'Secret';
  const fields = differences('', comparable(live), comparable(result))
    .filter(({ path }) => !isNoise(path))
    .map(({ path, before, after }) => ({
      path,
      before: shown(before, isSecret),
      after: shown(after, isSecret),
    }));
  return { object, isNew: false, fields };
}

/** Without what the server and its controllers keep for themselves. */
function comparable({ metadata, status: _status, ...content }: KubeObject): JsonObject {
  const { labels = {}, annotations = {} } = metadata;
  return { metadata: { labels, annotations }, ...content };
}

interface Difference {
  path: string;
  before: Json | undefined;
  after: Json | undefined;
}

function differences(path: string, before: Json | undefined, after: Json | undefined): Difference[] {
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
