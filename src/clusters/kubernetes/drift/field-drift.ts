import { isDeepStrictEqual } from 'node:util';
import type { FieldDrift } from '../../../domain/drift.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { shownValue } from '../../field-differences.ts';
import { listOf, recordOf, textOf, timeOf } from '../../json-reading.ts';
import { stepOf, valueAt } from '../field-path.ts';
import type { KubeObject } from '../objects.ts';
import { fieldName, hasFields, isNoise } from './field-name.ts';
import { isController, isOurs, isScaler, newestSince, ownerOf } from './field-owner.ts';

/** The live object, and what the server would make of it if the same were applied again. */
export interface Compared {
  live: KubeObject;
  rehearsed: KubeObject;
  /** Under which name it was applied. */
  fieldManager: string;
  /** Whether an autoscaler decides about the replicas. */
  isScaled: boolean;
}

/** Keys of `fieldsV1`, from the object down. */
type Entries = string[];

interface Difference {
  entries: Entries;
  applied: Json | undefined;
  live: Json | undefined;
}

/**
 * The fields that an apply would set back, and what people have added since. Both come from the server's own
 * record of who manages what: nothing that it defaulted or that a webhook put in looks changed.
 */
export function fieldDrifts(compared: Compared): FieldDrift[] {
  const { live, rehearsed, fieldManager } = compared;
  const ours = fieldsOf(rehearsed, fieldManager);
  const changed = differences(ours, { applied: rehearsed, live });
  const others = listOf(live.metadata.managedFields).filter(({ manager }) => !isOurs(textOf(manager)));
  const since = appliedAt(live, fieldManager);
  const added = others
    .filter((entry) => !isController(textOf(entry.manager)) && !(timeOf(entry.time) < since))
    .flatMap((entry) => additions(recordOf(entry.fieldsV1), ours, live));
  const drifts = [...changed, ...added].flatMap((difference) => {
    const path = fieldName(difference.entries);
    if (isNoise(path)) return [];
    const owner = ownerOf(others, difference.entries) ?? newestSince(others, since);
    if (path === 'spec.replicas' && (compared.isScaled || isScaler(owner))) return [];
    return [toDrift(difference, owner, live.kind === 'Secret')];
  });
  return [...new Map(drifts.map((drift) => [drift.path, drift])).values()];
}

function fieldsOf(object: KubeObject, fieldManager: string): JsonObject {
  const entry = listOf(object.metadata.managedFields).find(
    ({ manager, operation }) => manager === fieldManager && operation === 'Apply',
  );
  return recordOf(entry?.fieldsV1);
}

function differences(
  owned: JsonObject,
  { applied, live }: { applied: Json | undefined; live: Json | undefined },
): Difference[] {
  return Object.entries(owned).flatMap(([entry, inner]) => {
    const step = stepOf(entry);
    if (step === undefined) return [];
    const [was, is] = [valueAt(applied, [step]), valueAt(live, [step])];
    if (isDeepStrictEqual(was, is)) return [];
    const isWhole = is === undefined || !hasFields(inner) || !isStructured(is) || !isStructured(was);
    if (isWhole) return [{ entries: [entry], applied: was, live: is }];
    return differences(recordOf(inner), { applied: was, live: is }).map(below(entry));
  });
}

/** What somebody else manages below or beside what was applied, each structure as a whole. */
function additions(theirs: JsonObject, ours: JsonObject | undefined, live: Json | undefined): Difference[] {
  return Object.entries(theirs).flatMap(([entry, inner]) => {
    const step = stepOf(entry);
    const is = step === undefined || entry === 'f:status' ? undefined : valueAt(live, [step]);
    if (is === undefined) return [];
    const known = ours?.[entry];
    if (known === undefined) return additionsBeside(entry, inner, is);
    // Of what was applied as a whole, nothing in it is an addition.
    if (!hasFields(known)) return [];
    return additions(recordOf(inner), recordOf(known), is).map(below(entry));
  });
}

function additionsBeside(entry: string, inner: Json, is: Json): Difference[] {
  const isWhole = !hasFields(inner) || entry.startsWith('k:');
  if (isWhole) return [{ entries: [entry], applied: undefined, live: is }];
  return additions(recordOf(inner), undefined, is).map(below(entry));
}

function below(entry: string) {
  return (inner: Difference): Difference => ({ ...inner, entries: [entry, ...inner.entries] });
}

function isStructured(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

/** When we wrote it last; ownership is recorded in whole seconds. */
function appliedAt(live: KubeObject, fieldManager: string): number {
  const times = listOf(live.metadata.managedFields)
    .filter(({ manager }) => manager === fieldManager)
    .map(({ time }) => timeOf(time));
  return Math.max(0, ...times);
}

function toDrift(
  { entries, applied, live }: Difference,
  owner: JsonObject | undefined,
  isSecret: boolean,
): FieldDrift {
  return {
    path: fieldName(entries),
    applied: shownValue(applied, isSecret),
    live: shownValue(live, isSecret),
    manager: textOf(owner?.manager) || null,
    at: textOf(owner?.time) || null,
  };
}
