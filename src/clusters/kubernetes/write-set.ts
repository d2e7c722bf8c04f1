import { type AppliedRollout, isRefusal, type Refusal, type WriteHooks } from '../cluster.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import { createApplyReport } from './apply-report.ts';
import type { ObjectWriter, Write } from './object-writer.ts';
import { imagesOf, isWorkload, type KubeObject, nameOf } from './objects.ts';
import { templateDeployIdOf } from './stamp.ts';

export interface WriteSet {
  writer: ObjectWriter;
  writes: Write[];
  /** Whether a live object is already as it should be, so that nothing is written. */
  isDone(live: KubeObject): boolean;
  hooks: WriteHooks;
}

/**
 * Makes the writes: what workloads read first (configuration, services), then the workloads. Within a group all at
 * once. Returns the objects as they are now; the first refusal ends it after its group.
 */
export async function writeAll(set: WriteSet, signal: AbortSignal): Promise<KubeObject[] | Refusal> {
  const written: KubeObject[] = [];
  const report = createApplyReport(
    set.writes.map(({ object }) => nameOf(object)),
    set.hooks,
  );
  for (const isGroup of [
    (write: Write) => !isWorkload(write.object),
    (write: Write) => isWorkload(write.object),
  ]) {
    const settled = await Promise.allSettled(
      set.writes.filter(isGroup).map(async (write) => {
        const name = nameOf(write.object);
        report.mark(name, 'working');
        const result = await writeOne(set, write, signal);
        report.mark(name, isRefusal(result) ? 'failed' : 'done');
        return result;
      }),
    );
    const fault = settled.find((result) => result.status === 'rejected');
    if (fault !== undefined) throw fault.reason;
    for (const result of settled) {
      if (result.status !== 'fulfilled') continue;
      if (isRefusal(result.value)) return result.value;
      written.push(result.value);
    }
  }
  return written;
}

/** Far more than two writers that alternate would need; each round reads afresh and rehearses again. */
const mostRounds = 20;

async function writeOne(set: WriteSet, first: Write, signal: AbortSignal): Promise<KubeObject | Refusal> {
  const { writer, hooks } = set;
  let write: Write | Refusal = first;
  for (let round = 1; round <= mostRounds; round++) {
    if (isRefusal(write)) return write;
    const live = await writer.settle(write, signal);
    if (live !== null && set.isDone(live)) return live;
    await hooks.confirm();
    signal.throwIfAborted();
    const result = await writer.write({ ...write, live }, signal);
    if (result !== 'changed') return announce(result, hooks);
    write = await decideAgain(set, first, signal);
  }
  return { refusal: `${nameOf(first.object)} is being changed by somebody else all the time` };
}

/** Somebody has changed the object since it was read. */
async function decideAgain(set: WriteSet, first: Write, signal: AbortSignal): Promise<Write | Refusal> {
  const found = await set.writer.read({ ...first.object, name: first.object.metadata.name }, signal);
  if (isRefusal(found)) return found;
  const { replacement: _outdated, ...wanted } = first;
  const write = { ...wanted, live: found.live, force: false };
  if (found.live !== null && set.isDone(found.live)) return write;
  const rehearsal = await set.writer.rehearse(write, signal);
  return isRefusal(rehearsal) ? rehearsal : rehearsal.write;
}

function announce(result: KubeObject | Refusal, hooks: WriteHooks): KubeObject | Refusal {
  if (!isRefusal(result)) hooks.onProgress(`applied ${nameOf(result)}`);
  return result;
}

/** What a watcher needs to know of the objects that an apply returned. */
export function toAppliedRollout(written: KubeObject[], replaces: string | null): AppliedRollout {
  const workloads = written.filter(isWorkload);
  return {
    appliedAt: workloads.map(appliedAt).sort()[0] ?? new Date().toISOString(),
    workloads: workloads.map((workload) => ({
      name: nameOf(workload),
      uid: textOf(workload.metadata.uid),
      generation: numberOf(workload.metadata.generation, 0),
      podSelector: selectorOf(workload),
      deployId: templateDeployIdOf(workload),
      images: imagesOf(at(workload, 'spec', 'template')),
    })),
    objects: [],
    replaces,
  };
}

/** A label selector as it stands in a query. */
export function selectorOf(workload: KubeObject): string {
  const labels = Object.entries(recordOf(at(workload, 'spec', 'selector', 'matchLabels')));
  const expressions = listOf(at(workload, 'spec', 'selector', 'matchExpressions')).map(
    ({ key, operator, values }) => {
      const list = Array.isArray(values) ? `(${values.map(textOf).join(',')})` : '';
      if (operator === 'Exists') return textOf(key);
      if (operator === 'DoesNotExist') return `!${textOf(key)}`;
      return `${textOf(key)} ${operator === 'In' ? 'in' : 'notin'} ${list}`;
    },
  );
  return [...labels.map(([key, value]) => `${key}=${textOf(value)}`), ...expressions].join(',');
}

/** By the server's clock, which ours need not agree with. */
function appliedAt(workload: KubeObject): string {
  const ours = listOf(workload.metadata.managedFields).filter((entry) =>
    textOf(entry.manager).startsWith('trunkline'),
  );
  const times = ours.map((entry) => textOf(entry.time)).sort();
  return times.at(-1) ?? new Date().toISOString();
}
