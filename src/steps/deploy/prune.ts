import { isRefusal, type RolloutPlan } from '../../clusters/cluster.ts';
import type { ClusterLeftovers } from '../../clusters/cluster-leftovers.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type EarlierSet, leftoversOf, pruneRefusal } from '../../domain/prune.ts';
import { earlierSetsOf, forgetLeftovers } from '../../store/applied-objects.ts';
import { storedSetOf } from '../../store/rollback-choices.ts';
import type { StepResult } from '../step-handler.ts';
import { type Deployment, end, progressHooks } from './deployment.ts';

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
  if (step.prune === undefined || cluster.leftovers === null) return [];
  const manifests = await storedSetOf(deps.db, journal.deployId);
  // The set is on record as long as its deployment is active; without it everything would look like a leftover.
  if (manifests.length === 0) return [];
  const removed = await removeLeftovers(deployment, cluster.leftovers, manifests);
  await forgetLeftovers(deps.db, lease, { ...placeOf(deployment), except: journal.deployId });
  return removed.length === 0 ? [] : [`pruned ${removed.join(', ')}`];
}

async function removeLeftovers(
  deployment: Deployment,
  leftovers: ClusterLeftovers,
  manifests: JsonObject[],
): Promise<string[]> {
  const { context } = deployment;
  const hooks = { confirm: () => context.confirmLease(), ...progressHooks(context) };
  const found = leftoversIn(await earlierSets(deployment), manifests);
  return leftovers.remove(found, hooks, context.handedOver);
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
