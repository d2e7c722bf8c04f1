import type { AppliedObject, NamedObject } from '../../domain/prune.ts';
import {
  allOrRefusal,
  isRefusal,
  type PlannedColours,
  type PlanRequest,
  type Refusal,
  type RolloutPlan,
  type WorkloadSource,
} from '../cluster.ts';
import { textOf } from '../json-reading.ts';
import { coloured } from './blue-green/colours.ts';
import { paintSet } from './blue-green/paint-set.ts';
import { prepareCanary } from './canary/prepare-canary.ts';
import { foreignWorkload, isForeign } from './canary/render-canary.ts';
import { contentBaseOf } from './content-names.ts';
import { isHealthy } from './done-rule.ts';
import { lintLines } from './lints.ts';
import { type NodeLintDeps, nodeLints } from './node-fit.ts';
import type { ObjectWriter, Rehearsal, Write } from './object-writer.ts';
import { isImageChange, isWorkload, type KubeObject, nameOf, workloadKinds } from './objects.ts';
import { plannedChange } from './planned-changes.ts';
import { cronJobNotes, plannedWorkloads, rolledOutIn } from './planned-workloads.ts';
import { quotaWarnings, type Replaced } from './quota-fit.ts';
import { renderImages, renderManifests, renderStored } from './render.ts';
import { leaveToScalers, scalerNotes } from './scalers.ts';
import { snapshotOf, withoutSecretValues } from './snapshot.ts';
import { deployIdOf, replacedBy } from './stamp.ts';
import { heldBack, stepRefusal, withOwnPartition } from './stepping.ts';
import { lookAround } from './surroundings.ts';
import { toAppliedRollout, writeAll } from './write-set.ts';

export interface PlanDeps extends NodeLintDeps {
  writer: ObjectWriter;
  namespace: string;
  /** In front of `deployment/cart`: the identity of cluster and namespace. */
  targetPrefix: string;
}

/** Renders, reads what is there, and has the server try every write before the first one is made. */
export async function planRollout(
  deps: PlanDeps,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<RolloutPlan | Refusal> {
  const set = await prepareSet(deps, request, signal);
  if (isRefusal(set)) return set;
  const { writes, named, colours } = set;
  const refusal = request.stepped === true ? stepRefusal(writes) : undefined;
  if (refusal !== undefined) return refusal;
  const rehearsals = allOrRefusal(
    await Promise.all(writes.map((write) => rehearse(deps.writer, { write, request, signal }))),
  );
  if (isRefusal(rehearsals)) return rehearsals;
  const replaced = rehearsals.map(({ write, result }) => ({ result, live: write.live }));
  const warnings = await warningsOf(deps, { request, replaced, set }, signal);
  if (isRefusal(warnings)) return warnings;
  return {
    workloads: plannedWorkloads(deps.targetPrefix, rehearsals, named),
    manifests: (named ?? writes.map((write) => write.object)).map(withoutSecretValues),
    ...(colours !== undefined && { colours }),
    before: stateBefore(writes),
    added: addedBy(writes),
    changes: replaced.map(({ live, result }) => plannedChange(live, result)),
    notes: [
      ...rehearsals.flatMap(({ write, notes }) => notes.map((note) => `${nameOf(write.object)}: ${note}`)),
      ...warnings,
      ...cronJobNotes(writes.map(({ object }) => object)),
      ...(await quotaWarnings(deps, replaced, signal)),
    ],
    async apply(hooks, applySignal) {
      const isDone = (live: KubeObject) => carries(live, request.deployId) && replacedBy(live) === null;
      const ready = rehearsals.map(({ write }) => write);
      const written = await writeAll({ writer: deps.writer, writes: ready, isDone, hooks }, applySignal);
      if (isRefusal(written)) return written;
      return { ...toAppliedRollout(written, null), objects: wholeObjects(ready, written) };
    },
  };
}

interface PlannedSet {
  request: PlanRequest;
  replaced: readonly Replaced[];
  set: PreparedSet;
}

/** What is told of manifests before they are applied; a refusal where the step takes some of it for an error. */
async function warningsOf(
  deps: PlanDeps,
  { request, replaced, set }: PlannedSet,
  signal: AbortSignal,
): Promise<string[] | Refusal> {
  if (request.source.kind !== 'manifests') return [];
  const seen = await lookAt(deps, { replaced, set }, signal);
  const objects = set.writes.map(({ object }) => object);
  const lines = lintLines(objects, { ...seen, levels: request.lints });
  const [error, ...more] = lines.filter(({ level }) => level === 'error').map(({ text }) => text);
  if (error !== undefined) return { refusal: `an error to the step's lints: ${error}`, details: more };
  return lines.map(({ level, text }) => `${level}: ${text}`);
}

/** What the cluster has to say about a set before it is applied. */
async function lookAt(
  deps: PlanDeps,
  { replaced, set }: { replaced: readonly Replaced[]; set: PreparedSet },
  signal: AbortSignal,
) {
  const { writes, named = [] } = set;
  const objects = writes.map(({ object }) => object);
  const [nodes, around] = await Promise.all([
    nodeLints(deps, replaced, signal),
    lookAround(deps, { objects, known: [...objects, ...named] }, signal),
  ]);
  return { nodes, around };
}

function carries(live: KubeObject | null, deployId: string): boolean {
  return live !== null && deployIdOf(live) === deployId;
}

async function rehearse(
  writer: ObjectWriter,
  { write, request, signal }: { write: Write; request: PlanRequest; signal: AbortSignal },
): Promise<Rehearsal | Refusal> {
  const { live } = write;
  // An earlier execution of this plan has written it.
  if (live !== null && carries(live, request.deployId)) return { write, result: live, notes: [] };
  const held = request.stepped === true ? heldBack(write) : { write, notes: [] };
  const rehearsal = await writer.rehearse(held.write, signal);
  if (isRefusal(rehearsal)) return rehearsal;
  return { ...rehearsal, notes: [...held.notes, ...scalerNotes(held.write), ...rehearsal.notes] };
}

interface PreparedSet {
  writes: Write[];
  /** Of a set with colours: as its manifests name it. */
  named?: KubeObject[];
  colours?: PlannedColours;
}

async function prepareSet(
  deps: PlanDeps,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<PreparedSet | Refusal> {
  if (request.source.kind === 'workload') {
    const write = await prepareImageWrite(deps, { request, source: request.source }, signal);
    return isRefusal(write) ? write : { writes: [write] };
  }
  const rendered =
    request.source.kind === 'stored'
      ? renderStored(request, request.source)
      : renderManifests(request, deps.namespace);
  if (isRefusal(rendered)) return rendered;
  const set = await arrange(deps, { rendered, request }, signal);
  if (isRefusal(set)) return set;
  const isBeside = request.canary !== undefined || request.blueGreen !== undefined;
  const reads = await Promise.all(
    set.objects.map(async (object) => {
      const found = await deps.writer.read({ ...object, name: object.metadata.name }, signal);
      if (isRefusal(found)) return found;
      const isTheirs = isBeside && isWorkload(object) && isForeign(found.live);
      return isTheirs ? foreignWorkload(object) : writeOf(object, found);
    }),
  );
  const writes = allOrRefusal(reads);
  return isRefusal(writes) ? writes : { ...set, writes: await leaveToScalers(deps, writes, signal) };
}

/** What stands for a set where it does not simply replace what is there. */
async function arrange(
  deps: PlanDeps,
  { rendered, request }: { rendered: KubeObject[]; request: PlanRequest },
  signal: AbortSignal,
): Promise<(Omit<PreparedSet, 'writes'> & { objects: KubeObject[] }) | Refusal> {
  const { canary, blueGreen } = request;
  if (blueGreen !== undefined) return paintSet(deps, { objects: rendered, wish: blueGreen }, signal);
  if (canary === undefined) return { objects: coloured(rendered) };
  const objects = await prepareCanary(deps, { objects: rendered, wish: canary }, signal);
  return isRefusal(objects) ? objects : { objects };
}

async function prepareImageWrite(
  deps: PlanDeps,
  { request, source }: { request: PlanRequest; source: WorkloadSource },
  signal: AbortSignal,
): Promise<Write | Refusal> {
  const { kind, name } = source.workload;
  const known = workloadKinds.find((candidate) => candidate.toLowerCase() === kind.toLowerCase());
  if (known === undefined)
    return { refusal: `${kind} is no workload: it is one of ${workloadKinds.join(', ')}` };
  const found = await deps.writer.read({ apiVersion: 'apps/v1', kind: known, name }, signal);
  if (isRefusal(found)) return found;
  if (found.live === null) {
    return { refusal: `${kind}/${name} does not exist in the namespace ${deps.namespace}: create it first` };
  }
  const object = renderImages(request, source, found.live);
  return isRefusal(object) ? object : writeOf(object, found);
}

function writeOf(object: KubeObject, found: { path: string; live: KubeObject | null }): Write {
  const whole = withOwnPartition(object, found.live);
  return { object: whole, ...found, fieldManager: fieldManagerOf(object), force: false };
}

/**
 * One stable name for whole objects, and another for image changes of objects that somebody else made: under the
 * first name, an apply of images alone would remove everything that an earlier whole apply had set. Only a whole
 * workload says its selector.
 */
export function fieldManagerOf(object: KubeObject): string {
  return isImageChange(object) ? 'trunkline-images' : 'trunkline';
}

/** Of what was written, the objects that are ours; a workload of which only images are changed is somebody else's. */
function wholeObjects(writes: Write[], written: KubeObject[]): AppliedObject[] {
  const partial = new Set(
    writes
      .map(({ object }) => object)
      .filter(isImageChange)
      .map(nameOf),
  );
  return written
    .filter((object) => !isWorkload(object) || !partial.has(nameOf(object)))
    .map((object) => {
      const { apiVersion, kind, metadata } = object;
      const contentOf = contentBaseOf(object);
      const uid = textOf(metadata.uid);
      return { apiVersion, kind, name: metadata.name, uid, ...(contentOf !== undefined && { contentOf }) };
    });
}

function addedBy(writes: Write[]): NamedObject[] {
  const added = writes.filter(({ object, live }) => live === null && contentBaseOf(object) === undefined);
  return added.map(({ object: { apiVersion, kind, metadata } }) => ({
    apiVersion,
    kind,
    name: metadata.name,
  }));
}

/** Undefined when no workload was there and healthy: then there is nothing worth going back to. */
function stateBefore(writes: Write[]): RolloutPlan['before'] {
  const known = writes.filter(
    ({ object, live }) => live !== null && (!isWorkload(object) || isHealthy(live)),
  );
  const rolledOut = rolledOutIn(writes.map(({ object }) => object));
  if (!known.some(({ object }) => rolledOut.includes(object))) return undefined;
  return known.map(({ object, live }) =>
    snapshotOf(live ?? object, isImageChange(object) ? object : undefined),
  );
}
