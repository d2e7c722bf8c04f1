import type { JsonObject } from '../../domain/json.ts';
import { listOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Write } from './object-writer.ts';
import { type KubeObject, toKubeObject } from './objects.ts';
import { applyCall } from './write-calls.ts';

/**
 * After a create or a replacement, fields belong to us as if updated, defaults included; a field that a later
 * manifest leaves out would then stay. They are handed to the exact entry of an apply, which a dry run tells.
 * Changes nothing but the record of ownership; conditional like every write. When a controller is always faster, the
 * next deployment settles it.
 */
export async function settleOwnership(
  {
    api,
    readLive,
  }: { api: Api; readLive: (path: string, signal: AbortSignal) => Promise<KubeObject | null> },
  write: Write,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  let live = write.live;
  for (let round = 1; round <= 5 && live !== null && isUnsettled(live, write.fieldManager); round++) {
    try {
      const call = applyCall({ ...write, live, force: true }, { dryRun: 'All' });
      const rehearsed = toKubeObject(await api.call(call, signal));
      live = toKubeObject(await api.call(handOver(write, live, rehearsed), signal));
    } catch (error) {
      if (!(error instanceof ApiError) || error.isTransient) throw error;
      live = await readLive(write.path, signal);
    }
  }
  return live;
}

/** Whether a create or a replacement was interrupted before its ownership was settled. */
export function isUnsettled(live: KubeObject, fieldManager: string): boolean {
  return listOf(live.metadata.managedFields).some((entry) => isUpdateEntry(entry, fieldManager));
}

function isUpdateEntry(entry: JsonObject, fieldManager: string): boolean {
  return entry.manager === fieldManager && entry.operation === 'Update' && !entry.subresource;
}

function handOver(write: Write, live: KubeObject, rehearsed: KubeObject) {
  const entries = listOf(rehearsed.metadata.managedFields);
  return {
    method: 'PATCH',
    path: write.path,
    query: { fieldManager: write.fieldManager },
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion ?? null },
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: entries.filter((entry) => !isUpdateEntry(entry, write.fieldManager)),
      },
    ],
  } as const;
}
