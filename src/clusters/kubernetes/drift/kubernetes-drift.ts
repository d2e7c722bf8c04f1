import type { ObjectDrift } from '../../../domain/drift.ts';
import { isRefusal, type Refusal } from '../../cluster.ts';
import type { AppliedSet, ClusterDrift } from '../../cluster-drift.ts';
import { listOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { ApiError } from '../api-error.ts';
import { coloured } from '../blue-green/colours.ts';
import type { ObjectWriter } from '../object-writer.ts';
import { isKubeObject, type KubeObject, nameOf, toKubeObject } from '../objects.ts';
import { fieldManagerOf } from '../plan.ts';
import { readScalers } from '../scalers.ts';
import { deployIdOf } from '../stamp.ts';
import { fieldDrifts } from './field-drift.ts';

interface Connection {
  api: Api;
  writer: ObjectWriter;
}

export interface DriftPlace {
  connect(): Promise<Connection>;
  namespace: string;
  /** What the targets of workloads begin with. */
  identify(signal: AbortSignal): Promise<string | Refusal>;
}

interface Looked {
  object: KubeObject;
  deployId: string;
  /** What autoscalers of the namespace scale, by its name. */
  scaled: ReadonlyMap<string, string>;
}

/** Objects that are looked at side by side: each costs the server two calls. */
const atOnce = 8;

/** Has the server try the same apply again (`dryRun`), and compares what it would make with what is there. */
export function createKubernetesDrift({ connect, namespace, identify }: DriftPlace): ClusterDrift {
  return {
    async look(sets, signal) {
      const connection = await connect();
      const place = await identify(signal);
      if (typeof place !== 'string') return [unread(`namespace/${namespace}`, place.refusal, null)];
      const isHere = ({ targets }: AppliedSet) => targets.some((target) => target.startsWith(`${place}/`));
      const objects = newestOf(sets.filter(isHere));
      const scaled = await readScalers({ api: connection.api, namespace }, signal);
      const looked: (ObjectDrift | null)[] = [];
      for (let first = 0; first < objects.length; first += atOnce) {
        const some = objects.slice(first, first + atOnce);
        looked.push(
          ...(await Promise.all(some.map((entry) => lookAt(connection, { ...entry, scaled }, signal)))),
        );
      }
      return looked.filter((drift) => drift !== null);
    },
  };
}

/** Sets come newest first: what an earlier one has of the same object was replaced since. */
function newestOf(sets: readonly AppliedSet[]): { object: KubeObject; deployId: string }[] {
  const found = new Map<string, { object: KubeObject; deployId: string }>();
  for (const { deployId, objects } of sets)
    for (const object of coloured(objects.filter(isKubeObject)))
      if (!found.has(nameOf(object))) found.set(nameOf(object), { object, deployId });
  return [...found.values()];
}

async function lookAt(
  { api, writer }: Connection,
  { object, deployId, scaled }: Looked,
  signal: AbortSignal,
): Promise<ObjectDrift | null> {
  const name = nameOf(object);
  const found = await writer.read({ ...object, name: object.metadata.name }, signal);
  if (isRefusal(found)) return unread(name, found.refusal, deployId);
  const { live, path } = found;
  if (live === null) return { object: name, state: 'gone', fields: [], note: null, deployId };
  const writtenBy = deployIdOf(live);
  if (writtenBy !== null && writtenBy !== deployId) return null;
  const fieldManager = fieldManagerOf(object);
  try {
    const rehearsed = await rehearse(api, { path, object, fieldManager }, signal);
    const fields = fieldDrifts({ live, rehearsed, fieldManager, isScaled: scaled.has(name) });
    const isRemade = !isManagedBy(live, fieldManager);
    if (fields.length === 0 && !isRemade) return null;
    return { object: name, state: isRemade ? 'remade' : 'changed', fields, note: null, deployId };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return unread(name, error.message, deployId);
  }
}

function unread(object: string, note: string, deployId: string | null): ObjectDrift {
  return { object, state: 'unread', fields: [], note, deployId };
}

/** Only tried: nothing is written. */
async function rehearse(
  api: Api,
  { path, object, fieldManager }: { path: string; object: KubeObject; fieldManager: string },
  signal: AbortSignal,
): Promise<KubeObject> {
  const query = { fieldManager, force: 'true', dryRun: 'All' };
  const contentType = 'application/apply-patch+yaml';
  return toKubeObject(await api.call({ method: 'PATCH', path, query, contentType, body: object }, signal));
}

function isManagedBy(live: KubeObject, fieldManager: string): boolean {
  return listOf(live.metadata.managedFields).some(({ manager }) => manager === fieldManager);
}
