import type { Json, JsonObject } from '../../domain/json.ts';
import { isRecord, listOf, recordOf, textOf } from '../json-reading.ts';
import { isImageChange, type KubeObject } from './objects.ts';

/** What `kubectl apply` remembers of its last manifest. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

interface Seen {
  object: KubeObject;
  live: KubeObject | null;
}

/**
 * Whether `kubectl apply` (client-side) still owns fields of what we are about to apply as a whole. As long as it does,
 * a field that the manifest no longer has stays in the cluster for ever. Never of an image change: that applies a few
 * fields only, and would remove all others.
 */
export function isClientSideApplied({ object, live }: Seen): boolean {
  return live !== null && !isImageChange(object) && entriesOf(live).some(isClientSide);
}

/**
 * The record of ownership as kubectl's own migration leaves it: what `kubectl apply` owned belongs to our applies, and
 * so does the annotation by which it remembers what it applied. Both go with the next apply unless that says them.
 */
export function handedOver(live: KubeObject, fieldManager: string): JsonObject[] {
  const entries = entriesOf(live);
  const theirs = entries.filter(isClientSide);
  const isOurs = (entry: JsonObject) => entry.manager === fieldManager && entry.operation === 'Apply';
  const ours = entries.find(isOurs) ?? { ...theirs[0], manager: fieldManager, operation: 'Apply' };
  // Paths of another version of the API do not mean the same fields.
  const alike = theirs.filter(({ apiVersion }) => apiVersion === ours.apiVersion);
  const fieldsV1 = alike.reduce(
    (fields, entry) => union(fields, recordOf(entry.fieldsV1)),
    recordOf(ours.fieldsV1),
  );
  return [{ ...ours, fieldsV1 }, ...entries.filter((entry) => !isOurs(entry) && !isClientSide(entry))];
}

/** As if the ownership had been moved already. */
export function withOwnership(live: KubeObject, fieldManager: string): KubeObject {
  return { ...live, metadata: { ...live.metadata, managedFields: handedOver(live, fieldManager) } };
}

/** Changes nothing but the record of ownership. Answered with 409 when the object is no longer the one that was read. */
export function handOverCall(path: string, live: KubeObject, fieldManager: string) {
  return {
    method: 'PATCH',
    path,
    query: { fieldManager },
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/managedFields', value: handedOver(live, fieldManager) },
      { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion ?? null },
    ],
  } as const;
}

function entriesOf(live: KubeObject): JsonObject[] {
  return listOf(live.metadata.managedFields);
}

/** Whoever has written the annotation last; tools that are not kubectl, and have it too, keep what they own. */
function isClientSide({ manager, operation, subresource, fieldsV1 }: JsonObject): boolean {
  if (operation !== 'Update' || textOf(subresource) !== '') return false;
  if (manager === 'kubectl-client-side-apply') return true;
  const annotations = recordOf(recordOf(recordOf(fieldsV1)['f:metadata'])['f:annotations']);
  return /^(kubectl|before-first-apply$)/.test(textOf(manager)) && `f:${lastApplied}` in annotations;
}

function union(left: JsonObject, right: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const known = merged[key];
    merged[key] = isRecord(known) && isRecord(value) ? union(recordOf(known), recordOf(value)) : value;
  }
  return merged;
}
