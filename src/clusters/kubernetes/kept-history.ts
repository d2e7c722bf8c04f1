import type { AppliedObject } from '../../domain/prune.ts';
import { at, listOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';

/** What the cluster itself can bring pods back from, and the pods that there are. */
const readers = ['/apis/apps/v1/replicasets', '/apis/apps/v1/controllerrevisions', '/api/v1/pods'];

/**
 * Of configuration named by its content, the uids of what a version still reads that the cluster keeps (as many as
 * `revisionHistoryLimit` says), or a pod. What may not be listed keeps nothing.
 */
export async function readInHistory(
  { api, namespace }: { api: Api; namespace: string },
  objects: readonly AppliedObject[],
  signal: AbortSignal,
): Promise<string[]> {
  if (objects.length === 0) return [];
  const found = await Promise.all(readers.map((path) => textsOf(api, inNamespace(path, namespace), signal)));
  const texts = found.flat();
  // Such a name says its content: wherever it is written, that object is meant.
  const isRead = ({ name }: AppliedObject) => texts.some((text) => text.includes(JSON.stringify(name)));
  return objects.filter(isRead).map(({ uid }) => uid);
}

function inNamespace(path: string, namespace: string): string {
  const last = path.lastIndexOf('/');
  return `${path.slice(0, last)}/namespaces/${namespace}${path.slice(last)}`;
}

async function textsOf(api: Api, path: string, signal: AbortSignal): Promise<string[]> {
  try {
    return listOf(at(await api.call({ path }, signal), 'items')).map((item) => JSON.stringify(item));
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return [];
    throw error;
  }
}
