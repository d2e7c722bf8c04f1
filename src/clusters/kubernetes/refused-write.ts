import type { Refusal } from '../cluster.ts';
import { accessReview } from './access-review.ts';
import type { Api } from './api.ts';
import { ApiError, asFault, isApiError } from './api-error.ts';
import { describeConflicts, isOwnedByOthers } from './conflicts.ts';
import type { Write } from './object-writer.ts';
import { nameOf } from './objects.ts';
import { explainRefusal } from './refusal-text.ts';

/**
 * A refused write is the user's (the object is invalid, or admission denied it) or ours (we may not write here).
 * @throws Fault `cluster-denied`, or the error when it was no refusal
 */
export async function refusalOf(
  api: Api,
  { error, write, signal }: { error: unknown; write: Write; signal: AbortSignal },
): Promise<Refusal> {
  if (!(error instanceof ApiError) || error.isTransient) throw error;
  const verb = write.live === null ? 'create' : 'patch';
  if (error.status === 403 && !(await accessReview(api, { verb, path: write.path, signal }))) {
    throw deniedOr(error, { api, verb, path: write.path });
  }
  const name = nameOf(write.object);
  if (isOwnedByOthers(error)) {
    return { refusal: `${name} has fields that others manage`, details: describeConflicts(error.causes) };
  }
  return explainRefusal(write.object, error);
}

/** A refusal of us as a `Fault` that names verb and resource; any other error as it is. */
export function deniedOr(
  error: unknown,
  { api, verb, path }: { api: Api; verb: string; path: string },
): unknown {
  if (!isApiError(error, 403) && !isApiError(error, 401)) return error;
  const resource = path.split('/').at(-2) ?? path;
  return asFault(error, { verb, resource, server: api.server });
}
