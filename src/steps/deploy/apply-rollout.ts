import type { BuiltImage, PlanRequest, Refusal, RolloutPlan, StoredSource } from '../../clusters/cluster.ts';
import { isRefusal } from '../../clusters/cluster.ts';
import type { DeployStep } from '../../domain/pipeline.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import { type CanaryStrategy, strategyName } from '../../domain/rollout-strategy.ts';
import { pushesIn } from '../../domain/step-output.ts';
import { findOvertaking, updateDeployment } from '../../store/deployments.ts';
import { storedSetOf } from '../../store/rollback-choices.ts';
import type { StepResult } from '../step-handler.ts';
import { warnOfBarrier } from './barrier.ts';
import { runCanary } from './canary.ts';
import { claim } from './claim.ts';
import { type Deployment, end, progressHooks, remember } from './deployment.ts';
import { endFrozen } from './frozen.ts';
import { renderKustomization } from './kustomize.ts';
import { readManifestFiles } from './manifest-files.ts';
import { showManualChanges } from './manual-changes.ts';
import { previewPrune } from './prune.ts';
import { endQuarantined } from './quarantined.ts';
import { findGoneImage } from './way-back.ts';

/**
 * Plans, takes the targets, applies. Leaves `applied` in the journal, or `failure` when the cluster refused in the
 * middle.
 * @returns a result when the step has ended with that
 */
export async function applyRollout(deployment: Deployment): Promise<StepResult | undefined> {
  if (deployment.journal.phase === 'canary') return canaryThenApply(deployment);
  if (deployment.journal.phase !== 'planned') return continueApply(deployment);
  const frozen = await endFrozen(deployment);
  if (frozen !== undefined) return frozen;
  await remember(deployment, {});
  const plan = await makePlan(deployment);
  if (isRefusal(plan)) return refused(deployment, plan);
  // It may have waited for long.
  const ended =
    (await endFrozen(deployment)) ??
    (await endOvertaken(deployment, plan)) ??
    (await endQuarantined(deployment, plan)) ??
    (await previewPrune(deployment, plan));
  if (ended !== undefined) return ended;
  await showManualChanges(deployment, plan);
  for (const note of plan.notes) deployment.context.log.line(note);
  const workloads = plan.workloads.map(({ name, target }) => ({ name, target }));
  const before = plan.before ?? null;
  const hasCanary = canaryOf(deployment) !== undefined && before !== null;
  if (hasCanary) {
    await remember(deployment, { phase: 'canary', workloads, before });
    return canaryThenApply(deployment);
  }
  if (canaryOf(deployment) !== undefined)
    deployment.context.log.line('no canary: there is no healthy version that it could stand beside');
  await remember(deployment, { phase: 'applying', workloads, before });
  return apply(deployment, plan);
}

/** A rollback goes straight back. */
function canaryOf({ step: { strategy, restore } }: Deployment): CanaryStrategy | undefined {
  return typeof strategy === 'object' && restore === undefined ? strategy : undefined;
}

/** @returns always undefined; the journal says whether it was applied, or why not */
async function canaryThenApply(deployment: Deployment): Promise<undefined> {
  const strategy = canaryOf(deployment);
  const source = await sourceOf(deployment);
  if (isRefusal(source)) return giveUp(deployment, source, 'withdrawing');
  if (strategy !== undefined) await runCanary(deployment, strategy, requestOf(deployment, source));
  if (deployment.journal.failure !== undefined) return undefined;
  await remember(deployment, { phase: 'applying' });
  return continueApply(deployment);
}

/** A worker before this one may have written some of it. */
async function continueApply(deployment: Deployment): Promise<undefined> {
  const plan = await makePlan(deployment);
  return isRefusal(plan) ? giveUp(deployment, plan) : apply(deployment, plan);
}

async function makePlan(deployment: Deployment): Promise<RolloutPlan | Refusal> {
  const source = await sourceOf(deployment);
  return isRefusal(source) ? source : claimedPlan(deployment, requestOf(deployment, source));
}

/** A plan made while the targets are ours: after a wait the cluster has changed. */
async function claimedPlan(deployment: Deployment, request: PlanRequest): Promise<RolloutPlan | Refusal> {
  const { cluster, context, journal } = deployment;
  // Once writes may have begun, they are completed: only then is it known what to leave or to roll back.
  const signal = journal.phase === 'planned' ? context.signal : context.handedOver;
  const plan = await cluster.plan(request, signal);
  if (isRefusal(plan) || !(await claim(deployment, plan))) return plan;
  return cluster.plan(request, signal);
}

async function apply(deployment: Deployment, plan: RolloutPlan): Promise<undefined> {
  const { deps, lease, context, journal } = deployment;
  const hooks = {
    confirm: () => context.confirmLease(),
    ...progressHooks(context),
  };
  const applied = await plan.apply(hooks, context.handedOver);
  if (isRefusal(applied)) return giveUp(deployment, applied);
  await updateDeployment(deps.db, lease, { deployId: journal.deployId, appliedObjects: applied.objects });
  await remember(deployment, { phase: 'watching', applied });
}

/** Some objects may have been written, by this worker or one before it. */
async function giveUp(
  deployment: Deployment,
  { refusal, details }: Refusal,
  phase: 'rolling-back' | 'withdrawing' = 'rolling-back',
): Promise<undefined> {
  for (const line of details ?? []) deployment.context.log.line(line);
  const failure = { outcome: 'failed', reason: refusal, diagnosis: null } as const;
  await remember(deployment, { phase, failure });
}

async function refused(deployment: Deployment, { refusal, details }: Refusal): Promise<StepResult> {
  for (const line of details ?? []) deployment.context.log.line(line);
  return end(deployment, { outcome: 'failed', reason: refusal });
}

async function sourceOf(deployment: Deployment): Promise<PlanRequest['source'] | Refusal> {
  const { step, environment } = deployment;
  if (step.strategy !== undefined && environment.cluster.kind !== 'kubernetes') {
    return {
      refusal: `strategy: ${strategyName(step.strategy)} is for Kubernetes, and ${environment.name} is none: delete it`,
    };
  }
  if (step.restore !== undefined) return storedSource(deployment, step.restore);
  if (step.workload !== null) {
    const { kind, name, images } = step.workload;
    return { kind: 'workload', workload: { kind, name }, containers: images };
  }
  const files = await manifestFiles(deployment);
  return 'refusal' in files ? files : { kind: 'manifests', files };
}

async function manifestFiles({ step, context, environment }: Deployment) {
  const tree = await context.workspace();
  if (step.kustomize === undefined) return readManifestFiles(tree, step.manifests);
  if (environment.cluster.kind !== 'kubernetes') {
    return { refusal: `kustomize is for Kubernetes, and ${environment.name} is none: use manifests` };
  }
  return renderKustomization({ tree, folder: step.kustomize }, context.signal);
}

/** A rollback's set: as it was applied, and only while its images can still be had. */
async function storedSource(
  deployment: Deployment,
  { deployId, label }: NonNullable<DeployStep['restore']>,
): Promise<StoredSource | Refusal> {
  const objects = await storedSetOf(deployment.deps.db, deployId);
  if (objects.length === 0) return { refusal: `the set of ${label} is no longer on record` };
  const gone = await findGoneImage(deployment, { objects });
  if (gone !== undefined)
    return { refusal: `not rolled back to ${label}: the registry no longer has ${gone}` };
  await warnOfBarrier(deployment, deployId);
  return { kind: 'stored', objects };
}

function requestOf(deployment: Deployment, source: PlanRequest['source']): PlanRequest {
  const { context, environment, journal } = deployment;
  const images: BuiltImage[] = pushesIn(context.outputs.values()).map((push) => ({
    step: push.image,
    name: push.name,
    reference: `${push.repository}@${push.digest}`,
  }));
  return {
    deployId: journal.deployId,
    pipeline: context.run.pipeline,
    source,
    images,
    requireDigests: environment.requireDigests,
    ...(deployment.step.strategy === 'stepped' && { stepped: true }),
    changeCause: changeCauseOf(deployment),
  };
}

const longestMessage = 120;

function changeCauseOf({ context: { run }, step }: Deployment): string {
  const title = `trunkline ${run.pipeline} #${run.number}`;
  if (step.restore !== undefined)
    return `${title}: rolled back to ${step.restore.label} by ${run.requestedBy}`;
  const [message = ''] = run.message.split('\n', 1);
  const by = run.author ?? run.requestedBy;
  return `${title}: ${revisionLabel(run.revision)} by ${by}: ${message.slice(0, longestMessage).toWellFormed()}`;
}

/** A rollback goes back on purpose: nothing newer stands in its way. */
async function endOvertaken(deployment: Deployment, plan: RolloutPlan): Promise<StepResult | undefined> {
  const { deps, context, step } = deployment;
  if (step.restore !== undefined) return undefined;
  const targets = plan.workloads.map(({ target }) => target);
  const newer = await findOvertaking(deps.db, context.run.id, targets);
  if (newer === undefined) return undefined;
  const of = newer.branch === context.run.branch ? '' : ` of ${newer.branch}`;
  const what = `${revisionLabel(newer.revision)}${of} (${newer.pipeline} #${newer.number})`;
  return end(deployment, { outcome: 'superseded', reason: `the newer ${what} is deployed already` });
}
