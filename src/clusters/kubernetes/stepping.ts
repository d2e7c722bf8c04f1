import type { JsonObject } from '../../domain/json.ts';
import type { Refusal } from '../cluster.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import { stepsManager } from './conflicts.ts';
import { isHealthy } from './done-rule.ts';
import type { Write } from './object-writer.ts';
import { isImageChange, isWorkload, type KubeObject, nameOf } from './objects.ts';
import { deniedOr } from './refused-write.ts';

/**
 * A StatefulSet is stepped by its partition: applied with one that no pod reaches, then lowered by one each time all
 * is healthy. The annotation says how far down; it goes with the next apply that is not stepped.
 */
const stepsToAnnotation = 'trunkline/steps-to';

const partitionPath = ['spec', 'updateStrategy', 'rollingUpdate', 'partition'] as const;

/** The set's own partition, also while it is stepped. */
function ownPartitionOf(workload: KubeObject): number {
  const steps = textOf(at(workload, 'metadata', 'annotations', stepsToAnnotation));
  return steps === '' ? numberOf(at(workload, ...partitionPath), 0) : Number(steps);
}

/** Why a set of objects cannot be stepped; undefined: it can. */
export function stepRefusal(writes: readonly Write[]): Refusal | undefined {
  const sets = writes.filter(({ object }) => isStatefulSet(object));
  if (sets.length === 0)
    return {
      refusal:
        "strategy: stepped is for StatefulSets, and none is deployed here: delete 'strategy', or deploy one",
    };
  const onDelete = sets.find(({ object, live }) => strategyOf(object, live) === 'OnDelete');
  if (onDelete === undefined) return undefined;
  return {
    refusal: `${nameOf(onDelete.object)} cannot be stepped, because its updateStrategy is OnDelete: use RollingUpdate`,
  };
}

/**
 * The same write, with which no pod is replaced yet. A set that is new, or not healthy, is rolled at once: its broken
 * pods would hold up every step.
 */
export function heldBack(write: Write): { write: Write; notes: string[] } {
  const { object, live } = write;
  if (!isStatefulSet(object) || live === null) return { write, notes: [] };
  if (!isHealthy(live)) return { write, notes: ['not healthy now: rolled at once, not step by step'] };
  const replicas = (set: KubeObject) => numberOf(at(set, 'spec', 'replicas'), 0);
  const partition = Math.max(replicas(live), replicas(object));
  const own = isImageChange(object) ? ownPartitionOf(live) : ownPartitionOf(object);
  if (partition <= own) return { write, notes: [] };
  const held = withPartition(object, partition);
  held.metadata.annotations = { ...recordOf(held.metadata.annotations), [stepsToAnnotation]: String(own) };
  return { write: { ...write, object: held }, notes: [] };
}

/**
 * Says the partition outright where an earlier deployment has stepped the set: that owns the field, and leaving it out
 * would not put it back.
 */
export function withOwnPartition(object: KubeObject, live: KubeObject | null): KubeObject {
  if (live === null || !isStatefulSet(object) || !isStepped(live)) return object;
  if (strategyOf(object, null) === 'OnDelete' || at(object, ...partitionPath) !== undefined) return object;
  return withPartition(object, isImageChange(object) ? ownPartitionOf(live) : 0);
}

/** A live set as it would be had it never been stepped: for what brings it back. */
export function withoutSteps(live: KubeObject): KubeObject {
  if (at(live, 'metadata', 'annotations', stepsToAnnotation) === undefined) return live;
  const copy = withPartition(live, ownPartitionOf(live));
  delete recordOf(copy.metadata.annotations)[stepsToAnnotation];
  return copy;
}

/** The partition that comes next, once all above it is healthy; undefined: the last step is done, or it has none. */
export function nextPartition(workload: KubeObject): number | undefined {
  if (!isStatefulSet(workload)) return undefined;
  const [now, last] = [numberOf(at(workload, ...partitionPath), 0), ownPartitionOf(workload)];
  if (now <= last) return undefined;
  return Math.max(last, Math.min(now, numberOf(at(workload, 'spec', 'replicas'), 1)) - 1);
}

/**
 * Lets the set's next pod be replaced. Nothing happens when the set has changed since it was seen: then somebody has
 * made the step, or it is not ours any more.
 * @returns a line about it; undefined when nothing is left to step
 */
export async function step(
  { api, namespace }: { api: Api; namespace: string },
  workload: KubeObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const partition = nextPartition(workload);
  if (partition === undefined) return undefined;
  const { name, uid, resourceVersion } = workload.metadata;
  const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`;
  const body = {
    metadata: { uid, resourceVersion },
    spec: { updateStrategy: { rollingUpdate: { partition } } },
  };
  const contentType = 'application/merge-patch+json';
  try {
    const query = { fieldManager: stepsManager };
    await api.call({ method: 'PATCH', path, query, contentType, body }, signal);
  } catch (error) {
    if (!isApiError(error, 409) && !isApiError(error, 404))
      throw deniedOr(error, { api, verb: 'patch', path });
  }
  return `${nameOf(workload)}: the next pod is ${name}-${partition}`;
}

function isStepped(live: KubeObject): boolean {
  const isOfSteps = ({ manager }: JsonObject) => manager === stepsManager;
  return listOf(live.metadata.managedFields).some(isOfSteps) || withoutSteps(live) !== live;
}

function isStatefulSet(object: KubeObject): boolean {
  return isWorkload(object) && object.kind === 'StatefulSet';
}

/** An image change leaves it as it is. */
function strategyOf(object: KubeObject, live: KubeObject | null): string {
  const said = isImageChange(object) && live !== null ? live : object;
  return textOf(at(said, 'spec', 'updateStrategy', 'type'));
}

function withPartition(object: KubeObject, partition: number): KubeObject {
  const copy = structuredClone(object);
  const strategy = recordOf(at(copy, 'spec', 'updateStrategy'));
  const rollingUpdate = { ...recordOf(strategy.rollingUpdate), partition };
  copy.spec = {
    ...recordOf(copy.spec),
    updateStrategy: { ...strategy, type: 'RollingUpdate', rollingUpdate },
  };
  return copy;
}
