import { isRefusal, type Refusal } from '../cluster.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import { handOverCall, isClientSideApplied, withOwnership } from './client-side-apply.ts';
import { isOwnedByOthers, resolveConflicts } from './conflicts.ts';
import { type KubeObject, toKubeObject } from './objects.ts';
import { isUnsettled, settleOwnership } from './ownership.ts';
import { deniedOr, refusalOf } from './refused-write.ts';
import { rehearseHandover } from './rehearse-handover.ts';
import { rehearseReplacement } from './replacement.ts';
import type { ResourcePaths } from './resource-paths.ts';
import { applyCall, createCall, replaceCall } from './write-calls.ts';

/** An object as it is wanted, and the state that the decision to write it was made on. */
export interface Write {
  object: KubeObject;
  /** The object's own path. */
  path: string;
  fieldManager: string;
  /** null: it did not exist. */
  live: KubeObject | null;
  /** Take fields over from other managers, which were checked to be ones we may take from. */
  force: boolean;
  /** The autoscaler that decides how many pods there are: then that number stays as it is. */
  scaler?: string;
  /** Set when an apply cannot express the change: what to put in place of the live object. */
  replacement?: KubeObject;
}

/** Reads and writes single objects of a namespace by server-side apply. */
export interface ObjectWriter {
  /** @returns the object's path, and the object, or null when there is none */
  read(object: ObjectName, signal: AbortSignal): Promise<ReadResult>;
  /**
   * Asks the server what it would make of a write.
   * @returns the write, adjusted so that it will succeed, and the resulting object
   */
  rehearse(write: Write, signal: AbortSignal): Promise<Rehearsal | Refusal>;
  /**
   * Writes, if nothing has changed since `write.live` was read.
   * @returns the object as it is now, or `'changed'` when nothing was written
   */
  write(write: Write, signal: AbortSignal): Promise<KubeObject | 'changed' | Refusal>;
  /**
   * Ends what an interrupted write has left: fields that belong to us as if updated.
   * @returns the object as it is now
   */
  settle(write: Write, signal: AbortSignal): Promise<KubeObject | null>;
}

export interface ObjectName {
  apiVersion: string;
  kind: string;
  name: string;
}

export type ReadResult = { path: string; live: KubeObject | null } | Refusal;

export interface Rehearsal {
  write: Write;
  result: KubeObject;
  notes: string[];
}

export function createObjectWriter(api: Api, paths: ResourcePaths): ObjectWriter {
  const readLive = (path: string, signal: AbortSignal) => readOrNull(api, path, signal);
  const settle = async (write: Write, signal: AbortSignal) =>
    write.live !== null && isUnsettled(write.live, write.fieldManager)
      ? settleOwnership({ api, readLive }, write, signal)
      : write.live;
  return {
    async read(kind, signal) {
      const found = await paths.find(kind, signal);
      if (isRefusal(found)) return { refusal: `${kind.kind.toLowerCase()}/${kind.name}: ${found.refusal}` };
      const path = `${found.path}/${kind.name}`;
      return { path, live: await readLive(path, signal) };
    },
    rehearse: (write, signal) => rehearse(api, write, signal),
    async write(write, signal) {
      try {
        const ready = await withHandover(api, write, signal);
        const live = toKubeObject(await api.call(callFor(ready), signal));
        return (await settle({ ...write, live }, signal)) ?? live;
      } catch (error) {
        // A lost race and a field that somebody took meanwhile look alike: the caller reads and decides again.
        if (isApiError(error, 409)) return 'changed';
        return refusalOf(api, { error, write, signal });
      }
    },
    settle,
  };
}

/**
 * New objects are made by a plain create, since an apply would also change an object that somebody else has made
 * meanwhile. Its fields then belong to us as if updated, and are settled right after.
 */
function callFor(write: Write) {
  if (write.live === null) return createCall(write);
  return write.replacement === undefined ? applyCall(write) : replaceCall(write, write.replacement);
}

/** Only the one who owns all that was applied before can drop a field. A replacement brings the record with it. */
async function withHandover(api: Api, write: Write, signal: AbortSignal): Promise<Write> {
  const { live, path, fieldManager, replacement } = write;
  if (live === null || replacement !== undefined || !isClientSideApplied(write)) return write;
  return { ...write, live: toKubeObject(await api.call(handOverCall(path, live, fieldManager), signal)) };
}

/** The write as it will be once the ownership is moved. */
function asOwned(write: Write): Write {
  const { live, fieldManager } = write;
  return live !== null && isClientSideApplied(write)
    ? { ...write, live: withOwnership(live, fieldManager) }
    : write;
}

async function readOrNull(api: Api, path: string, signal: AbortSignal): Promise<KubeObject | null> {
  try {
    return toKubeObject(await api.call({ path }, signal));
  } catch (error) {
    if (isApiError(error, 404)) return null;
    throw deniedOr(error, { api, verb: 'get', path });
  }
}

/** Far more than controllers that write the status of a young object would need. */
const mostRaces = 20;

/** The state that a rehearsal stands on may have changed since it was read: then that is read again. */
async function rehearse(api: Api, write: Write, signal: AbortSignal): Promise<Rehearsal | Refusal> {
  let current = write;
  for (let race = 1; ; race++) {
    try {
      return await rehearseOnce(api, current, signal);
    } catch (error) {
      if (!isApiError(error, 409) || race === mostRaces) {
        return refusalOf(api, { error, write: current, signal });
      }
      current = { ...current, live: await readOrNull(api, current.path, signal) };
    }
  }
}

/** @throws ApiError 409 when the object is no longer the one that was read */
async function rehearseOnce(api: Api, write: Write, signal: AbortSignal): Promise<Rehearsal | Refusal> {
  try {
    const owned = asOwned(write);
    const applied = await rehearseApply(api, { write, owned }, signal);
    const replaced = await rehearseReplacement(api, { write: owned, applied }, signal);
    return replaced ?? { write, result: applied, notes: [] };
  } catch (error) {
    return rehearseOtherwise(api, { error, write }, signal);
  }
}

async function rehearseApply(
  api: Api,
  { write, owned }: { write: Write; owned: Write },
  signal: AbortSignal,
): Promise<KubeObject> {
  const applied = toKubeObject(await api.call(applyCall(owned, { dryRun: 'All' }), signal));
  if (write.live === null || owned === write) return applied;
  return rehearseHandover(api, { write: owned, live: write.live, applied }, signal);
}

/** Gives in where we may. Each adjustment concerns one thing, replicas or ownership, so this ends after the second. */
async function rehearseOtherwise(
  api: Api,
  { error, write }: { error: unknown; write: Write },
  signal: AbortSignal,
): Promise<Rehearsal | Refusal> {
  const replaced = isApiError(error, 422)
    ? await rehearseReplacement(api, { write: asOwned(write) }, signal)
    : undefined;
  if (replaced !== undefined) return replaced;
  if (!isApiError(error, 409)) return refusalOf(api, { error, write, signal });
  if (!isOwnedByOthers(error)) throw error;
  const resolved = resolveConflicts(write, error.causes);
  if (resolved === undefined) return refusalOf(api, { error, write, signal });
  const rehearsal = await rehearseOnce(api, resolved.write, signal);
  return isRefusal(rehearsal) ? rehearsal : { ...rehearsal, notes: [...resolved.notes, ...rehearsal.notes] };
}
