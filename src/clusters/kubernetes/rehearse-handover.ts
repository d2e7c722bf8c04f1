import type { Json, JsonObject } from '../../domain/json.ts';
import { isRecord, listOf, recordOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { handedOver } from './client-side-apply.ts';
import { stepOf, valueAt } from './field-path.ts';
import type { Write } from './object-writer.ts';
import { type KubeObject, toKubeObject } from './objects.ts';
import { withLiveReplicas } from './scalers.ts';

/**
 * What an apply will make of an object whose fields still belong to `kubectl apply`. A dry run cannot have the
 * ownership moved first, so what will go is taken out of what it answered, and the server is asked whether that is
 * valid, and which defaults it has.
 * @param applied what an apply makes of it before the ownership is moved
 * @throws ApiError as an apply does
 */
export async function rehearseHandover(
  api: Api,
  { write, live, applied }: { write: Write; live: KubeObject; applied: KubeObject },
  signal: AbortSignal,
): Promise<KubeObject> {
  const [ours, ...others] = handedOver(live, write.fieldManager);
  const owned = recordOf(ours?.fieldsV1);
  const kept = others.map(({ fieldsV1 }) => recordOf(fieldsV1));
  const remaining = recordOf(without(applied, { owned, kept, wanted: withLiveReplicas(write) }));
  const body = Object.keys(applied)
    .filter((key) => !['apiVersion', 'kind', 'status'].includes(key))
    .map((key) => {
      const value = remaining[key];
      const path = `/${key}`;
      return value === undefined
        ? { op: 'remove', path }
        : { op: 'add', path, value: asRead(key, value, live) };
    });
  const call = {
    method: 'PATCH',
    path: write.path,
    query: { fieldManager: write.fieldManager, dryRun: 'All' },
    contentType: 'application/json-patch+json',
    body,
  } as const;
  const result = toKubeObject(await api.call(call, signal));
  const { managedFields = [] } = applied.metadata;
  return { ...result, metadata: { ...result.metadata, managedFields } };
}

/** A dry run gives what it answers a version of its own. */
function asRead(key: string, value: Json, live: KubeObject): Json {
  if (key !== 'metadata') return value;
  const { managedFields = [], resourceVersion = null } = live.metadata;
  return { ...recordOf(value), managedFields, resourceVersion };
}

interface Ownership {
  /** What is ours now, in the notation of `fieldsV1`. */
  owned: JsonObject;
  /** What is somebody else's too. */
  kept: readonly JsonObject[];
  wanted: Json | undefined;
}

/** The value without what we own and do not want; undefined when nothing of it remains. */
function without(value: Json | undefined, { owned, kept, wanted }: Ownership): Json | undefined {
  if (value === undefined || !isStructured(value)) return value;
  return Object.keys(owned).reduce<Json | undefined>((rest, entry) => {
    const step = stepOf(entry);
    const inner = step === undefined ? undefined : valueAt(rest, [step]);
    if (step === undefined || inner === undefined) return rest;
    const theirs = kept.flatMap((fields) => (fields[entry] === undefined ? [] : [recordOf(fields[entry])]));
    const below = { owned: recordOf(owned[entry]), kept: theirs, wanted: valueAt(wanted, [step]) };
    const remains = afterRemoval(inner, below);
    return typeof step === 'string'
      ? withField(recordOf(rest), step, remains)
      : listOf(rest).flatMap((item) => (item === inner ? itemsOf(remains, below) : [item]));
  }, value);
}

function itemsOf(remains: Json | undefined, { wanted }: Ownership): Json[] {
  const isGone = wanted === undefined && Object.keys(recordOf(remains)).length === 0;
  return remains === undefined || isGone ? [] : [remains];
}

function afterRemoval(inner: Json, below: Ownership): Json | undefined {
  const fields = Object.keys(below.owned).filter((entry) => entry !== '.');
  if (below.wanted !== undefined) return fields.length === 0 ? inner : without(inner, below);
  if (fields.length === 0 || !isStructured(inner)) return below.kept.length > 0 ? inner : undefined;
  const rest = without(inner, below);
  // Of a structure its shell stays, and may be invalid; a list without items, and an item without fields, do not.
  const isEmpty = Array.isArray(rest) && rest.length === 0;
  return isEmpty && below.kept.length === 0 ? undefined : rest;
}

function withField(value: JsonObject, name: string, field: Json | undefined): JsonObject {
  const { [name]: _replaced, ...rest } = value;
  return field === undefined ? rest : { ...rest, [name]: field };
}

function isStructured(value: Json): boolean {
  return Array.isArray(value) || isRecord(value);
}
