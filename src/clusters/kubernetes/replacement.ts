import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { ApiError, isApiError } from './api-error.ts';
import { droppedStructures, isSameAt } from './dropped-fields.ts';
import type { Rehearsal, Write } from './object-writer.ts';
import { isWorkload, type KubeObject, toKubeObject } from './objects.ts';
import { withLiveReplicas } from './scalers.ts';
import { annotationsOfOurs } from './stamp.ts';
import { createCall, replaceCall } from './write-calls.ts';

/**
 * The way out where an apply cannot express a change: it removes our fields one by one and leaves an empty shell, so
 * a probe that a manifest drops, or that becomes one of another kind, makes the object invalid. When the workload is
 * valid by itself, it replaces the live one as a whole, in one write, under the same condition.
 * @param applied what an apply would make of it; undefined: the server refuses that
 * @returns undefined when the apply does well, or the object itself is at fault
 * @throws ApiError 409 when the object is no longer the one that was read
 */
export async function rehearseReplacement(
  api: Api,
  { write, applied }: { write: Write; applied?: KubeObject },
  signal: AbortSignal,
): Promise<Rehearsal | undefined> {
  const { live, object, fieldManager } = write;
  if (live === null || !isWorkload(object) || at(object, 'spec', 'selector') === undefined) return undefined;
  const dropped = applied && droppedStructures({ live, object, result: applied }, fieldManager);
  if (dropped?.length === 0) return undefined;
  try {
    // Under another name, the server fills in the defaults and says whether the object is valid.
    const probe = {
      ...object,
      metadata: { ...object.metadata, name: `trunkline-rehearsal-${live.metadata.uid}` },
    };
    const complete = toKubeObject(await api.call(createCall(write, probe, { dryRun: 'All' }), signal));
    if (applied !== undefined && dropped?.every((path) => isSameAt(path, applied, complete)))
      return undefined;
    const replacement = replace({ live, fieldManager }, withLiveReplicas(write), complete);
    const call = replaceCall(write, replacement, { dryRun: 'All' });
    const result = toKubeObject(await api.call(call, signal));
    const note = 'replaced as a whole, because single fields of it can only go together';
    return { write: { ...write, replacement }, result, notes: [note] };
  } catch (error) {
    const isLostRace = isApiError(error, 409);
    if (error instanceof ApiError && !error.isTransient && !isLostRace) return undefined;
    throw error;
  }
}

/** What others have put into the metadata stays, and so does a number of replicas that the manifest leaves open. */
function replace(
  { live, fieldManager }: { live: KubeObject; fieldManager: string },
  object: KubeObject,
  complete: KubeObject,
): KubeObject {
  const replicas = at(object, 'spec', 'replicas') ?? at(live, 'spec', 'replicas');
  const merged = (part: 'labels' | 'annotations') => ({
    ...ofOthers(live, { fieldManager, part }),
    ...recordOf(object.metadata[part]),
  });
  return {
    ...live,
    metadata: { ...live.metadata, labels: merged('labels'), annotations: merged('annotations') },
    spec: { ...recordOf(complete.spec), ...(replicas !== undefined && { replicas }) },
  };
}

function ofOthers(
  live: KubeObject,
  { fieldManager, part }: { fieldManager: string; part: 'labels' | 'annotations' },
): JsonObject {
  const entries = listOf(live.metadata.managedFields);
  const isOwned = (key: string, isOurs: boolean) =>
    entries.some(
      (entry) =>
        (entry.manager === fieldManager && entry.operation === 'Apply') === isOurs &&
        at(entry.fieldsV1, 'f:metadata', `f:${part}`, `f:${key}`) !== undefined,
    );
  const others = Object.entries(recordOf(live.metadata[part])).filter(
    ([key]) => !annotationsOfOurs.includes(key) && (!isOwned(key, true) || isOwned(key, false)),
  );
  return Object.fromEntries(others);
}
