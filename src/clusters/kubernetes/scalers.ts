import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { Write } from './object-writer.ts';
import { isImageChange, isWorkload, type KubeObject, nameOf } from './objects.ts';

/** Kinds that decide how many pods a workload has, the surest last: KEDA makes an autoscaler of its own of a ScaledObject, later. */
const kinds = [
  { kind: 'ScaledObject', path: '/apis/keda.sh/v1alpha1', resource: 'scaledobjects' },
  { kind: 'HorizontalPodAutoscaler', path: '/apis/autoscaling/v1', resource: 'horizontalpodautoscalers' },
];

/** Whether an object decides how many pods a workload has. */
export function isAutoscaler({ kind, apiVersion }: { kind: string; apiVersion: string }): boolean {
  const group = apiVersion.split('/', 1)[0] ?? '';
  return kinds.some((known) => known.kind === kind && known.path.startsWith(`/apis/${group}/`));
}

/**
 * What autoscalers of the namespace scale: `deployment/cart` -> `horizontalpodautoscaler/cart`. None where we may not
 * look, or where the cluster has no such kind.
 */
export async function readScalers(
  { api, namespace }: { api: Api; namespace: string },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const found = await Promise.all(
    kinds.map(async ({ kind, path, resource }) => {
      const items = await listed(api, `${path}/namespaces/${namespace}/${resource}`, signal);
      return items.map((item): [string, string] => [targetOf(item), scalerName(kind, item)]);
    }),
  );
  return new Map(found.flat());
}

async function listed(api: Api, path: string, signal: AbortSignal): Promise<JsonObject[]> {
  try {
    return listOf(at(await api.call({ path }, signal), 'items'));
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return [];
    throw error;
  }
}

/**
 * Each write of a workload that an autoscaler scales, of the namespace or of the set itself, knows that: it leaves the
 * number of pods as it is. Else each deployment would set it back for a moment, and one that no longer says it, to one pod.
 */
export async function leaveToScalers(
  place: { api: Api; namespace: string },
  writes: Write[],
  signal: AbortSignal,
): Promise<Write[]> {
  const isScalable = ({ object, live }: Write) =>
    live !== null && isWorkload(object) && object.kind !== 'DaemonSet' && !isImageChange(object);
  if (!writes.some(isScalable)) return writes;
  const scalers = await readScalers(place, signal);
  for (const { object } of writes)
    if (isAutoscaler(object)) scalers.set(targetOf(object), scalerName(object.kind, object));
  return writes.map((write) => {
    const scaler = isScalable(write) ? scalers.get(nameOf(write.object)) : undefined;
    return scaler === undefined ? write : { ...write, scaler };
  });
}

/** The object as it is to be applied over what is there now. */
export function withLiveReplicas({ object, live, scaler, fieldManager }: Write): KubeObject {
  const isSaid = at(object, 'spec', 'replicas') !== undefined;
  if (scaler === undefined || live === null || !(isSaid || isOwned(live, fieldManager))) return object;
  const replicas = at(live, 'spec', 'replicas') ?? 1;
  return { ...object, spec: { ...recordOf(object.spec), replicas } };
}

/** What to tell people where the manifest says another number. */
export function scalerNotes({ object, live, scaler }: Write): string[] {
  const [said, is] = [at(object, 'spec', 'replicas'), at(live ?? undefined, 'spec', 'replicas')];
  if (scaler === undefined || said === undefined || said === is) return [];
  return [`spec.replicas is left to ${scaler}, which has chosen ${String(is)}`];
}

/** What an apply has set once is taken back when a later one leaves it out. */
function isOwned(live: KubeObject, fieldManager: string): boolean {
  return listOf(live.metadata.managedFields).some(
    ({ manager, fieldsV1 }) => manager === fieldManager && at(fieldsV1, 'f:spec', 'f:replicas') !== undefined,
  );
}

/** Of a ScaledObject it is a Deployment where it does not say. */
export function targetOf(scaler: JsonObject): string {
  const { kind = 'Deployment', name } = recordOf(at(scaler, 'spec', 'scaleTargetRef'));
  return `${textOf(kind).toLowerCase()}/${textOf(name)}`;
}

function scalerName(kind: string, scaler: JsonObject): string {
  return `${kind.toLowerCase()}/${textOf(at(scaler, 'metadata', 'name'))}`;
}
