import type { Write } from './object-writer.ts';
import type { KubeObject } from './objects.ts';
import { withLiveReplicas } from './scalers.ts';

/** A body that the server refuses unless the object is the very one that was read, in the state that was read. */
export function applyCall(write: Write, query: { dryRun?: string } = {}) {
  const { live } = write;
  const object = withLiveReplicas(write);
  const seen =
    live === null ? {} : { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion };
  return {
    method: 'PATCH',
    path: write.path,
    query: { fieldManager: write.fieldManager, ...(write.force && { force: 'true' }), ...query },
    contentType: 'application/apply-patch+yaml',
    body: { ...object, metadata: { ...object.metadata, ...seen } },
  } as const;
}

/** Refused when an object of that name exists. */
export function createCall(write: Write, object = write.object, query: { dryRun?: string } = {}) {
  return {
    method: 'POST',
    path: collectionOf(write.path),
    query: { fieldManager: write.fieldManager, ...query },
    body: object,
  } as const;
}

/** `replacement` carries uid and version of what was read. */
export function replaceCall(write: Write, replacement: KubeObject, query: { dryRun?: string } = {}) {
  return {
    method: 'PUT',
    path: write.path,
    query: { fieldManager: write.fieldManager, ...query },
    body: replacement,
  } as const;
}

function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
