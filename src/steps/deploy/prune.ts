import { isRefusal, type RolloutPlan } from '../../clusters/cluster.ts';
import type { ClusterLeftovers } from '../../clusters/cluster-leftovers.ts';
import { Fault } from '../../domain/fault.ts';
import type { JsonObject } from '../../domain/json.ts';
import {
  type AppliedObject,
  type EarlierSet,
  leftoversOf,
  outdatedContentOf,
  pruneRefusal,
} from '../../domain/prune.ts';
import { earlierSetsOf, forgetLeftovers, forgetObjects, healthySetsOf } from '../../store/applied-objects.ts';
import { storedSetOf } from '../../store/rollback-choices.ts';
import type { StepResult } from '../step-handler.ts';
import { type Deployment, end, progressHooks } from './deployment.ts';
import { pruneTogether } from './prune-together.ts';

/** Says what will be deleted, before anything is written; ends the step where that is refused. */
export async function previewPrune(
  deployment: Deployment,
  { manifests }: Pick<RolloutPlan, 'manifests'>,
): Promise<StepResult | undefined> {
  const { step, cluster, context } = deployment;
  if (step.prune === undefined) return undefined;
  if (cluster.leftovers === null) {
    const reason = `prune is for Kubernetes, and ${step.environment} is none: take it out of the step`;
    return end(deployment, { outcome: 'failed', reason });
  }
  const earlier = await earlierSets(deployment);
  const seen = await cluster.leftovers.look(leftoversIn(earlier, manifests), context.signal);
  if (isRefusal(seen)) return end(deployment, { outcome: 'failed', reason: seen.refusal });
  const wanted = manifests.map(namedIn);
  const refusal = pruneRefusal({ earlier, wanted, doomed: seen.doomed, mayShrink: step.prune.mayShrink });
  if (refusal !== null) return end(deployment, { outcome: 'failed', reason: refusal });
  for (const name of seen.doomed) context.log.line(`will prune ${name} once the rollout is healthy`);
  for (const line of seen.kept) context.log.line(line);
  return undefined;
}

/**
 * Deletes what the set that is healthy now no longer has. A worker that takes over deletes the rest.
 * @returns what was deleted, as a note
 */
export async function prune(deployment: Deployment): Promise<string[]> {
  const { deps, lease, step, cluster, journal } = deployment;
  if (cluster.leftovers === null) return [];
  const manifests = await storedSetOf(deps.db, journal.deployId);
  // Without the set on record everything would look like a leftover.
  if (manifests.length === 0) return [];
  const earlier = await earlierSets(deployment);
  const outdated = await outdatedContent(deployment, earlier, manifests);
  const removed =
    step.prune === undefined ? [] : await pruneLeftovers(deployment, cluster.leftovers, manifests);
  const content = await removeContent(deployment, cluster.leftovers, { earlier, objects: outdated });
  const place = { ...placeOf(deployment), except: journal.deployId };
  await forgetObjects(deps.db, lease, { place, uids: outdated.map(({ uid }) => uid) });
  return removed.length === 0 && content.length === 0
    ? []
    : [`pruned ${[...removed, ...content].join(', ')}`];
}

/** Of this step, and of those of the run that prune in the same environment. */
async function pruneLeftovers(
  deployment: Deployment,
  leftovers: ClusterLeftovers,
  manifests: JsonObject[],
): Promise<string[]> {
  const { deps, lease, journal, step, context } = deployment;
  const others = await pruneTogether(deployment);
  if ('waitsFor' in others) {
    context.log.line(`nothing is pruned before ${others.waitsFor}`);
    return [];
  }
  const all = [{ stepId: step.id, deployId: journal.deployId, manifests }, ...others];
  const places = all.map(({ stepId, deployId }) => ({ ...placeOf(deployment), stepId, except: deployId }));
  const earlier = (await Promise.all(places.map((place) => earlierSetsOf(deps.db, place)))).flat();
  const { objects } = leftoversIn(
    earlier,
    all.flatMap((set) => set.manifests),
  );
  const removed = await removeAll(deployment, leftovers, { earlier, objects });
  for (const place of places) await forgetLeftovers(deps.db, lease, place);
  return removed;
}

interface Doomed {
  earlier: EarlierSet[];
  objects: AppliedObject[];
}

async function removeAll(
  { context }: Deployment,
  leftovers: ClusterLeftovers,
  { earlier, objects }: Doomed,
): Promise<string[]> {
  const hooks = { confirm: () => context.confirmLease(), ...progressHooks(context) };
  const deployIds = earlier.map(({ deployId }) => deployId);
  return leftovers.remove({ objects, deployIds }, hooks, context.handedOver);
}

async function outdatedContent(
  deployment: Deployment,
  earlier: EarlierSet[],
  manifests: JsonObject[],
): Promise<AppliedObject[]> {
  if (!earlier.some(({ objects }) => objects.some(({ contentOf }) => contentOf !== undefined))) return [];
  const place = { ...placeOf(deployment), except: deployment.journal.deployId };
  const kept = await healthySetsOf(deployment.deps.db, place, deployment.deps.keptVersions);
  const outdated = outdatedContentOf(
    earlier,
    [manifests, ...kept].map((set) => set.map(namedIn)),
  );
  // It goes with a later deployment, once no version in the cluster's own history reads it either.
  const read = await deployment.cluster.leftovers?.stillRead(outdated, deployment.context.handedOver);
  return outdated.filter(({ uid }) => !read?.includes(uid));
}

/** Nobody has asked for it: where it may not be done, it is said, and the rollout is none the worse. */
async function removeContent(
  deployment: Deployment,
  leftovers: ClusterLeftovers,
  doomed: Doomed,
): Promise<string[]> {
  if (doomed.objects.length === 0) return [];
  try {
    return await removeAll(deployment, leftovers, doomed);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'cluster-denied') throw error;
    const names = doomed.objects.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`).join(', ');
    deployment.context.log.line(`${names}: needed by no version any more, and left: ${error.message}`);
    return [];
  }
}

async function earlierSets(deployment: Deployment): Promise<EarlierSet[]> {
  const { deps, journal } = deployment;
  return earlierSetsOf(deps.db, { ...placeOf(deployment), except: journal.deployId });
}

function placeOf({ context, step, environment }: Deployment) {
  return { pipeline: context.run.pipeline, environment: environment.name, stepId: step.id };
}

function leftoversIn(earlier: EarlierSet[], manifests: JsonObject[]) {
  return {
    objects: leftoversOf(earlier, manifests.map(namedIn)),
    deployIds: earlier.map(({ deployId }) => deployId),
  };
}

function namedIn(object: JsonObject) {
  const { name } = (object.metadata ?? {}) as { name?: string };
  return { apiVersion: String(object.apiVersion), kind: String(object.kind), name: name ?? '' };
}
