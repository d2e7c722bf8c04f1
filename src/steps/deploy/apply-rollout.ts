import type { PlanRequest, Refusal, RolloutPlan } from '../../clusters/cluster.ts';
import { isRefusal } from '../../clusters/cluster.ts';
import { changeLines } from '../../domain/planned-change.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { CanaryStrategy } from '../../domain/rollout-strategy.ts';
import { isWholeAndLast } from '../../store/corrections.ts';
import { findOvertaking, updateDeployment } from '../../store/deployments.ts';
import { replacePlan } from '../../store/replace-plan.ts';
import { pushedImages } from '../built-images.ts';
import type { StepResult } from '../step-handler.ts';
import { prepareColour } from './blue-green.ts';
import { runCanary } from './canary.ts';
import { claim } from './claim.ts';
import { type Deployment, end, progressHooks, remember } from './deployment.ts';
import { endFrozen } from './frozen.ts';
import { showManualChanges } from './manual-changes.ts';
import { notNamedLine } from './not-named.ts';
import { otherCluster } from './other-cluster.ts';
import { requestOf, sourceOf } from './plan-request.ts';
import { podsBefore } from './pods-before.ts';
import { previewPrune } from './prune.ts';
import { endQuarantined } from './quarantined.ts';
import { usageBefore } from './usage.ts';

/**
 * Plans, takes the targets, applies. Leaves `applied` in the journal, or `failure` when the cluster refused in the
 * middle.
 * @returns a result when the step has ended with that
 */
export async function applyRollout(deployment: Deployment): Promise<StepResult | undefined> {
  if (deployment.journal.phase !== 'planned') return goOn(deployment);
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
  const lines = [...leftOut(deployment, plan), ...plan.notes, ...changeLines(plan.changes)];
  for (const line of lines) deployment.context.log.line(line);
  return begin(deployment, plan);
}

/** What is put back is of another run: the images of this one are not meant. */
function leftOut({ step, context }: Deployment, plan: RolloutPlan): string[] {
  if (step.restore !== undefined) return [];
  const line = notNamedLine(plan, pushedImages(context, step));
  return line === undefined ? [] : [line];
}

/** A person reads no more of them beside a diagnosis; the log has all. */
const mostChanges = 100;

/** From here on something is written: at once, or first beside what runs. */
async function begin(deployment: Deployment, plan: RolloutPlan): Promise<undefined> {
  const workloads = plan.workloads.map(({ name, target }) => ({ name, target }));
  const before = plan.before ?? null;
  const [, ...lines] = changeLines(plan.changes);
  const changes = lines.slice(0, mostChanges).map((line) => line.trim());
  const ran = { usageBefore: await usageBefore(deployment, plan), ...(await podsBefore(deployment, plan)) };
  await remember(deployment, { changes, added: plan.added ?? [], ...ran });
  if (plan.colours !== undefined) {
    await remember(deployment, { phase: 'colour', workloads, before, colours: plan.colours });
    return colourThenSwitch(deployment);
  }
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
  const isAsked = typeof strategy === 'object' && strategy.kind === 'canary' && restore === undefined;
  return isAsked ? strategy : undefined;
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

/** @returns always undefined; the journal says whether the Services were switched, or why not */
async function colourThenSwitch(deployment: Deployment): Promise<undefined> {
  const source = await sourceOf(deployment);
  if (isRefusal(source)) return giveUp(deployment, source, 'withdrawing');
  await prepareColour(deployment, requestOf(deployment, source));
  if (deployment.journal.failure !== undefined) return undefined;
  await remember(deployment, { phase: 'applying' });
  return continueApply(deployment);
}

/** From where a worker before this one has left it. */
function goOn(deployment: Deployment): Promise<undefined> {
  const { phase } = deployment.journal;
  if (phase === 'canary') return canaryThenApply(deployment);
  return phase === 'colour' ? colourThenSwitch(deployment) : continueApply(deployment);
}

/** A worker before this one may have written some of it. */
async function continueApply(deployment: Deployment): Promise<undefined> {
  const plan = await makePlan(deployment);
  return isRefusal(plan) ? giveUp(deployment, plan) : apply(deployment, plan);
}

async function makePlan(deployment: Deployment): Promise<RolloutPlan | Refusal> {
  const source = await sourceOf(deployment);
  if (isRefusal(source)) return source;
  const elsewhere = deployment.journal.phase === 'planned' ? await leadsElsewhere(deployment) : undefined;
  return elsewhere ?? claimedPlan(deployment, requestOf(deployment, source));
}

async function leadsElsewhere(deployment: Deployment): Promise<Refusal | undefined> {
  const { deps, cluster, environment, context } = deployment;
  const refusal = await otherCluster({ db: deps.db, cluster, environment }, context.signal);
  return refusal === undefined ? undefined : { refusal };
}

/** A plan made while the targets are ours: after a wait the cluster has changed. */
async function claimedPlan(deployment: Deployment, request: PlanRequest): Promise<RolloutPlan | Refusal> {
  const { cluster, context, journal, deps, lease } = deployment;
  // Once writes may have begun, they are completed: only then is it known what to leave or to roll back.
  const signal = journal.phase === 'planned' ? context.signal : context.handedOver;
  const plan = await cluster.plan(request, signal);
  if (isRefusal(plan)) return plan;
  const hasWaited = await claim(deployment, plan);
  const newest = hasWaited ? await cluster.plan(request, signal) : plan;
  // The records may be of an older plan: of before the wait, or of a worker before this one.
  const isToRecord = journal.phase === 'planned' && !isRefusal(newest);
  if (isToRecord) await replacePlan(deps.db, lease, { deployId: journal.deployId, ...newest });
  return newest;
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

/** A rollback goes back on purpose: nothing newer stands in its way. */
async function endOvertaken(deployment: Deployment, plan: RolloutPlan): Promise<StepResult | undefined> {
  const { deps, context, step } = deployment;
  if (step.restore?.corrects) return endOutdated(deployment, step.restore);
  if (step.restore !== undefined) return undefined;
  const targets = plan.workloads.map(({ target }) => target);
  const newer = await findOvertaking(deps.db, context.run.id, targets);
  if (newer === undefined) return undefined;
  const of = newer.branch === context.run.branch ? '' : ` of ${newer.branch}`;
  const what = `${revisionLabel(newer.revision)}${of} (${newer.pipeline} #${newer.number})`;
  const { run } = context;
  context.log.line(`"trunkline rerun '${run.pipeline}#${run.number}'" goes back to this revision on purpose`);
  return end(deployment, { outcome: 'superseded', reason: `the newer ${what} is deployed already` });
}

/** A correction keeps what runs: what was deployed while it waited is not taken back. */
async function endOutdated(
  deployment: Deployment,
  { deployId, label }: NonNullable<Deployment['step']['restore']>,
): Promise<StepResult | undefined> {
  const { deps, environment, journal } = deployment;
  const wanted = { environment: environment.name, deployId, except: journal.deployId };
  const place = await isWholeAndLast(deps.db, wanted);
  if (!('problem' in place)) return undefined;
  return end(deployment, { outcome: 'superseded', reason: `not put back as ${label}: ${place.problem}` });
}
