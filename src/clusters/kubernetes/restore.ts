import {
  type AppliedRollout,
  allOrRefusal,
  isRefusal,
  type Refusal,
  type RestoreRequest,
  type WriteHooks,
} from '../cluster.ts';
import type { Api } from './api.ts';
import { coloured } from './blue-green/colours.ts';
import type { ObjectWriter, Write } from './object-writer.ts';
import { isKubeObject, isWorkload, type KubeObject, nameOf } from './objects.ts';
import { fieldManagerOf } from './plan.ts';
import { leaveToScalers } from './scalers.ts';
import { deployIdOf, markRestored, replacedBy, templateDeployIdOf } from './stamp.ts';
import { withOwnPartition } from './stepping.ts';
import { toAppliedRollout, writeAll } from './write-set.ts';

interface RestoreDeps {
  writer: ObjectWriter;
  api: Api;
  namespace: string;
}

/**
 * Applies a stored set over what a failed deployment left. Only what still carries that deployment is written:
 * whatever somebody else has changed since is theirs, and a workload among it refuses the whole.
 */
export async function restoreRollout(
  { writer, ...place }: RestoreDeps,
  { request, hooks }: { request: RestoreRequest; hooks: WriteHooks },
  signal: AbortSignal,
): Promise<AppliedRollout | Refusal> {
  const failedId = request.replaces;
  const mark = { replaces: failedId, changeCause: request.changeCause };
  const objects = coloured(request.objects.filter(isKubeObject)).filter((object) => object.kind !== 'Secret');
  const writes = allOrRefusal(
    await Promise.all(objects.map((object) => prepare(writer, markRestored(object, mark), signal))),
  );
  if (isRefusal(writes)) return writes;
  const foreign = writes.find((write) => isWorkload(write.object) && !isOurs(write, failedId));
  if (foreign !== undefined) {
    return {
      refusal: `${nameOf(foreign.object)} was changed by somebody else meanwhile: it is left as it is`,
    };
  }
  const isDone = (live: KubeObject) =>
    deployIdOf(live) !== failedId || (isWorkload(live) && templateDeployIdOf(live) !== failedId);
  const own = writes.filter((write) => isOurs(write, failedId));
  const ours = await leaveToScalers(place, own, signal);
  const rehearsals = allOrRefusal(
    await Promise.all(ours.map((write) => rehearse(writer, { write, isDone }, signal))),
  );
  if (isRefusal(rehearsals)) return rehearsals;
  const written = await writeAll({ writer, writes: rehearsals, isDone, hooks }, signal);
  return isRefusal(written) ? written : toAppliedRollout(written, failedId);
}

async function prepare(
  writer: ObjectWriter,
  object: KubeObject,
  signal: AbortSignal,
): Promise<Write | Refusal> {
  const found = await writer.read({ ...object, name: object.metadata.name }, signal);
  if (isRefusal(found)) return found;
  const whole = withOwnPartition(object, found.live);
  return { object: whole, ...found, fieldManager: fieldManagerOf(object), force: false };
}

/** It still is what the failed deployment made of it, or an interrupted restore has put it back already. */
function isOurs({ live, object }: Write, failedId: string): boolean {
  if (live === null) return !isWorkload(object);
  if (replacedBy(live) === failedId) return true;
  if (!isWorkload(live)) return deployIdOf(live) === failedId;
  // An apply that ended half-way has left some workloads as they were.
  return [failedId, templateDeployIdOf(object)].includes(templateDeployIdOf(live));
}

async function rehearse(
  writer: ObjectWriter,
  { write, isDone }: { write: Write; isDone: (live: KubeObject) => boolean },
  signal: AbortSignal,
): Promise<Write | Refusal> {
  if (write.live !== null && isDone(write.live)) return write;
  const rehearsal = await writer.rehearse(write, signal);
  return isRefusal(rehearsal) ? rehearsal : rehearsal.write;
}
