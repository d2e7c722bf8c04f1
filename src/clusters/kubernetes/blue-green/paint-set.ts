import { otherColour } from '../../../domain/rollout-strategy.ts';
import { type BlueGreenWish, isRefusal, type PlannedColours, type Refusal } from '../../cluster.ts';
import { at, recordOf } from '../../json-reading.ts';
import { accessReview } from '../access-review.ts';
import type { Api } from '../api.ts';
import { desiredOf } from '../done-rule.ts';
import type { ObjectWriter } from '../object-writer.ts';
import type { KubeObject } from '../objects.ts';
import { coloured, colourOf, idleColour, marked, ownOf, switchedIn } from './colours.ts';

export interface PaintDeps {
  api: Api;
  writer: ObjectWriter;
}

export interface PaintedSet {
  /** What a plan of this stage applies. */
  objects: KubeObject[];
  /** The set as its manifests name it. */
  named: KubeObject[];
  colours: PlannedColours;
}

/** A rendered set in the colour whose turn it is; refused where there is nothing to switch. */
export async function paintSet(
  deps: PaintDeps,
  { objects, wish }: { objects: readonly KubeObject[]; wish: BlueGreenWish },
  signal: AbortSignal,
): Promise<PaintedSet | Refusal> {
  const switched = switchedIn(objects);
  if (isRefusal(switched)) return switched;
  const { deployment, services } = switched;
  const [service] = services;
  const live = service === undefined ? null : await read(deps, service, signal);
  if (isRefusal(live ?? {})) return live as Refusal;
  const from = colourOf(live as KubeObject | null);
  const to = wish.colour ?? idleColour(from);
  const sized = await withReplicas(deps, { objects, deployment, colour: otherColour(to) }, signal);
  if (isRefusal(sized)) return sized;
  const named = marked(sized, to);
  const applied = coloured(named);
  const own = ownOf(applied);
  const refusal = await missingRight(deps, own, signal);
  if (refusal !== undefined) return refusal;
  const colours = { to, from: from === to ? null : from, objects: own.map(nameIn) };
  return { objects: wish.stage === 'prepare' ? own : applied, named, colours };
}

async function read(
  { writer }: PaintDeps,
  object: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject | null | Refusal> {
  const found = await writer.read({ ...object, name: object.metadata.name }, signal);
  return isRefusal(found) ? found : found.live;
}

/** Where the manifest leaves the number of pods open, the new colour begins with as many as the old one has. */
async function withReplicas(
  deps: PaintDeps,
  { objects, deployment, colour }: { objects: readonly KubeObject[]; deployment: KubeObject; colour: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[] | Refusal> {
  if (at(deployment, 'spec', 'replicas') !== undefined) return objects;
  const { name } = deployment.metadata;
  for (const old of [`${name}-${colour}`, name]) {
    const live = await read(deps, { ...deployment, metadata: { name: old } }, signal);
    if (live === null) continue;
    if (isRefusal(live)) return live;
    const sized = {
      ...deployment,
      spec: { ...recordOf(deployment.spec), replicas: desiredOf(live as KubeObject) },
    };
    return objects.map((object) => (object === deployment ? sized : object));
  }
  return objects;
}

async function missingRight(
  { api, writer }: PaintDeps,
  own: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  for (const object of own) {
    const found = await writer.read({ ...object, name: object.metadata.name }, signal);
    if (isRefusal(found)) return found;
    if (await accessReview(api, { verb: 'delete', path: found.path, signal })) continue;
    const resource = found.path.split('/').at(-2);
    const refusal = `blue-green deletes the old version in the end, and Trunkline may not do that on ${api.server}: give its Role the verb delete on ${resource}`;
    return { refusal };
  }
  return undefined;
}

function nameIn({ apiVersion, kind, metadata }: KubeObject) {
  return { apiVersion, kind, name: metadata.name };
}
