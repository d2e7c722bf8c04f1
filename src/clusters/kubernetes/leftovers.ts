import type { AppliedObject } from '../../domain/prune.ts';
import { isRefusal, type Refusal, type WriteHooks } from '../cluster.ts';
import type { ClusterLeftovers, Leftovers, LeftoversSeen, Temporary } from '../cluster-leftovers.ts';
import { accessReview } from './access-review.ts';
import { type Api, verbAndResource } from './api.ts';
import { isApiError } from './api-error.ts';
import { coloured, ownOf } from './blue-green/colours.ts';
import { contentBaseOf } from './content-names.ts';
import { readInHistory } from './kept-history.ts';
import type { ObjectWriter } from './object-writer.ts';
import { isKubeObject, isWorkload, type KubeObject, nameOf } from './objects.ts';
import { deniedOr } from './refused-write.ts';
import { deployIdOf } from './stamp.ts';

interface Connection {
  api: Api;
  writer: ObjectWriter;
}

/** Deletes objects of a namespace that an earlier deployment has applied, each conditional on what was read. */
export function createKubernetesLeftovers(
  connect: () => Promise<Connection>,
  namespace: string,
): ClusterLeftovers {
  return {
    async stillRead(objects, signal) {
      const { api } = await connect();
      return readInHistory({ api, namespace }, objects, signal);
    },
    look: async (leftovers, signal) => look(await connect(), leftovers, signal),
    remove: async (leftovers, hooks, signal) => remove(await connect(), { leftovers, hooks }, signal),
    withdraw: async (temporary, hooks, signal) => withdraw(await connect(), { ...temporary, hooks }, signal),
    async takeBack({ objects, deployIds }, hooks, signal) {
      const whyKept = (live: KubeObject) => foreignOrData(live, deployIds);
      return removeAll(await connect(), { objects, whyKept, hooks }, signal);
    },
    async retire({ set, deployIds }, hooks, signal) {
      const objects = ownOf(coloured(set.filter(isKubeObject))).map(({ apiVersion, kind, metadata }) => {
        return { apiVersion, kind, name: metadata.name };
      });
      return withdraw(await connect(), { objects, deployIds, hooks }, signal);
    },
  };
}

async function withdraw(
  connection: Connection,
  { objects, deployIds, hooks }: Temporary & { hooks: WriteHooks },
  signal: AbortSignal,
): Promise<string[]> {
  const whyKept = (live: KubeObject) => (isWrittenBy(live, deployIds) ? null : writtenSince);
  return removeAll(connection, { objects, whyKept, hooks }, signal);
}

async function look(
  { api, writer }: Connection,
  leftovers: Leftovers,
  signal: AbortSignal,
): Promise<LeftoversSeen | Refusal> {
  const seen: LeftoversSeen = { doomed: [], kept: [] };
  for (const object of leftovers.objects) {
    const found = await writer.read(object, signal);
    // A kind that the cluster no longer has took its objects along.
    if (isRefusal(found) || isGone(found.live)) continue;
    const reason = keptBecause(found.live, object, leftovers.deployIds);
    if (reason !== null) {
      seen.kept.push(`${labelOf(object)} is left: ${reason}`);
      continue;
    }
    if (!(await accessReview(api, { verb: 'delete', path: found.path, signal }))) {
      return denied(api, found.path, object);
    }
    seen.doomed.push(labelOf(object));
  }
  return seen;
}

function denied(api: Api, path: string, object: AppliedObject): Refusal {
  const { resource } = verbAndResource({ path });
  return {
    refusal: `prune may not delete ${labelOf(object)} on ${api.server}: give Trunkline's Role the verb delete on ${resource}`,
  };
}

async function remove(
  connection: Connection,
  { leftovers, hooks }: { leftovers: Leftovers; hooks: WriteHooks },
  signal: AbortSignal,
): Promise<string[]> {
  const { objects, deployIds } = leftovers;
  const whyKept = (live: KubeObject, object: AppliedObject) => keptBecause(live, object, deployIds);
  return removeAll(connection, { objects, whyKept, hooks }, signal);
}

type Named = Pick<AppliedObject, 'apiVersion' | 'kind' | 'name'>;

interface Removal<Kind extends Named> {
  hooks: WriteHooks;
  /** null: it may go. */
  whyKept(live: KubeObject, object: Kind): string | null;
}

async function removeAll<Kind extends Named>(
  connection: Connection,
  { objects, ...removal }: Removal<Kind> & { objects: readonly Kind[] },
  signal: AbortSignal,
): Promise<string[]> {
  const removed: string[] = [];
  // What reads configuration goes before the configuration.
  const ordered = objects.toSorted((a, b) => Number(isWorkload(b)) - Number(isWorkload(a)));
  const { hooks } = removal;
  for (const object of ordered) {
    const reason = await removeOne(connection, { object, ...removal }, signal);
    if (reason === 'gone') continue;
    if (reason === null) removed.push(labelOf(object));
    hooks.onProgress(reason === null ? `pruned ${labelOf(object)}` : `${labelOf(object)} is left: ${reason}`);
  }
  return removed;
}

/** Far more than a controller that writes the status would need. */
const mostRounds = 20;

/** @returns null when it was deleted, `'gone'` when it was before, else why it is left */
async function removeOne<Kind extends Named>(
  { api, writer }: Connection,
  { object, whyKept, hooks }: Removal<Kind> & { object: Kind },
  signal: AbortSignal,
): Promise<string | null> {
  for (let round = 1; round <= mostRounds; round++) {
    const found = await writer.read(object, signal);
    if (isRefusal(found) || isGone(found.live)) return 'gone';
    const reason = whyKept(found.live, object);
    if (reason !== null) return reason;
    await hooks.confirm();
    signal.throwIfAborted();
    if (await deleteSeen(api, { path: found.path, live: found.live }, signal)) return null;
  }
  return 'somebody else changes it all the time';
}

/** @returns false when it has changed since it was read: then nothing was deleted */
async function deleteSeen(
  api: Api,
  { path, live }: { path: string; live: KubeObject },
  signal: AbortSignal,
): Promise<boolean> {
  const { uid, resourceVersion } = live.metadata;
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid, resourceVersion },
    propagationPolicy: 'Background',
  };
  try {
    await api.call({ method: 'DELETE', path, body }, signal);
    return true;
  } catch (error) {
    // Deleted by an attempt whose answer was lost, or by somebody else.
    if (isApiError(error, 404)) return true;
    if (isApiError(error, 409)) return false;
    throw deniedOr(error, { api, verb: 'delete', path });
  }
}

function isGone(live: KubeObject | null): live is null {
  return live === null || live.metadata.deletionTimestamp !== undefined;
}

const keptKinds: Record<string, string> = {
  PersistentVolumeClaim: 'it holds data',
  Namespace: 'everything in it would go with it',
  CustomResourceDefinition: 'every object of its kind would go with it',
  Secret: 'its values are stored nowhere else, so that no rollback could bring it back',
};

/** Why an object stays although no set has it any more; null: it may be deleted. */
export function keptBecause(live: KubeObject, object: AppliedObject, deployIds: string[]): string | null {
  if (live.metadata.uid !== object.uid) return 'it was made anew by somebody else (another uid)';
  return foreignOrData(live, deployIds);
}

function foreignOrData(live: KubeObject, deployIds: string[]): string | null {
  if (!isWrittenBy(live, deployIds)) return writtenSince;
  // One that is named by its content stays as long as a version that is kept needs it.
  const reason = contentBaseOf(live) === undefined ? keptKinds[live.kind] : undefined;
  return reason === undefined ? null : `${reason}; "kubectl delete ${nameOf(live)}" deletes it`;
}

const writtenSince = 'another deployment has written it since';

function isWrittenBy(live: KubeObject, deployIds: string[]): boolean {
  const deployId = deployIdOf(live);
  return deployId !== null && deployIds.includes(deployId);
}

function labelOf({ kind, name }: Pick<AppliedObject, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`;
}
