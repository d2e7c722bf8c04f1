import type { AppliedRollout, Diagnosis, RolloutReport } from '../../clusters/cluster.ts';
import { updateDeployment } from '../../store/deployments.ts';
import type { StepResult } from '../step-handler.ts';
import { watchChecked } from './checks.ts';
import { type Deployment, end, outputOf, progressHooks, remember } from './deployment.ts';
import { diagnosisLines } from './diagnosis-lines.ts';
import { type DeployFailure, type Healthy, writeJournal } from './journal.ts';
import { mapText } from './map-text.ts';
import { prune } from './prune.ts';
import { restoredText } from './restored-text.ts';
import { keepMsOf, retireOld } from './retire-old.ts';
import { lookAtScraping } from './scraped.ts';
import { tellUsage, watchUsage } from './usage.ts';
import type { Stopped } from './watch-until-stopped.ts';
import { withdrawNew } from './withdraw-new.ts';

/**
 * Watches what was applied until it is healthy or hopeless. Leaves `failure` in the journal, its evidence stored, when
 * it must be rolled back.
 * @returns a result when the step has ended with that
 */
export async function watchRollout(deployment: Deployment): Promise<StepResult | undefined> {
  const { applied, healthy } = deployment.journal;
  if (healthy !== undefined) return endHealthy(deployment, healthy);
  if (applied === undefined) return undefined;
  const soakMs = keepMsOf(deployment) ?? deployment.step.soakMs;
  const { verdict, usage } = await watchMeasured(deployment, applied, soakMs);
  if ('outcome' in verdict && verdict.outcome === 'succeeded') {
    for (const note of verdict.notes) deployment.context.log.line(note);
    await retireOld(deployment);
    const output = { ...outputOf(deployment, verdict.images), ...tellUsage(deployment, usage) };
    const missing = await unscrapedNotes(deployment, applied);
    const healthy = { output, notes: [...reasonsOf(deployment), ...verdict.notes, ...missing] };
    await remember(deployment, { healthy });
    return endHealthy(deployment, healthy);
  }
  if ('stopped' in verdict) return endStopped(deployment, verdict.stopped);
  if ('diagnosis' in verdict) {
    const { outcome, diagnosis } = verdict;
    return fail(deployment, { outcome, reason: diagnosis.headline, diagnosis });
  }
  const outcome = verdict.outcome === 'superseded' ? 'superseded' : 'failed';
  return end(deployment, { outcome, reason: verdict.cause }, verdict.outcome);
}

async function watchMeasured(deployment: Deployment, applied: AppliedRollout, soakMs: number) {
  const { onProgress, onReport } = progressHooks(deployment.context);
  const usage = watchUsage(deployment, applied);
  const noticed = (report: RolloutReport) => {
    usage.notice(report);
    onReport(report);
  };
  try {
    const verdict = await watchChecked(deployment, applied, { soakMs, onProgress, onReport: noticed });
    const isHealthy = 'outcome' in verdict && verdict.outcome === 'succeeded';
    return { verdict, usage: await usage.end(isHealthy) };
  } catch (error) {
    await usage.end(false);
    throw error;
  }
}

/**
 * Said although no gate has asked. What Prometheus has not come to yet is nothing to be said; without a soak that is
 * everything.
 */
async function unscrapedNotes(deployment: Deployment, applied: AppliedRollout): Promise<string[]> {
  if (deployment.step.soakMs === 0) return [];
  const found = await lookAtScraping(deployment, applied, deployment.context.handedOver);
  if (found.state !== 'missing' || found.isOnItsWay) return [];
  deployment.context.log.line(`warning: ${found.text}`);
  return [found.text];
}

function reasonsOf({ step: { restore }, context }: Deployment): string[] {
  return restore === undefined ? [] : [restoredText(restore, context.run.requestedBy)];
}

/**
 * The records say that it is healthy before it prunes: of steps that prune together and become healthy at the same
 * moment, at least one sees all the others so.
 */
async function endHealthy(deployment: Deployment, { output, notes }: Healthy): Promise<StepResult> {
  const { deps, lease, journal } = deployment;
  if (journal.canary !== undefined) await withdrawNew(deployment);
  const ended = { outcome: 'succeeded', cause: notes.join('; ') || null } as const;
  await updateDeployment(deps.db, lease, { deployId: journal.deployId, end: ended });
  const note = [...notes, ...(await prune(deployment))].join('; ');
  return end(deployment, { outcome: 'succeeded', output, ...(note !== '' && { note }) });
}

async function endStopped(
  deployment: Deployment,
  { by, rollout }: Stopped['stopped'],
): Promise<StepResult | undefined> {
  const reason = `cancelled by ${by}`;
  if (rollout === 'leave') {
    return end(deployment, { outcome: 'cancelled', reason: `${reason}; the rollout is left as it is` });
  }
  return fail(deployment, { outcome: 'cancelled', reason, diagnosis: null });
}

/** The evidence is stored before the first write of a rollback, which would destroy it. */
export async function fail(
  deployment: Deployment,
  failure: DeployFailure,
  phase: 'rolling-back' | 'withdrawing' = 'rolling-back',
): Promise<undefined> {
  const { deps, lease, journal, context } = deployment;
  const diagnosis = failure.diagnosis === null ? null : masked(deps.mask, failure.diagnosis);
  const reason = deps.mask(failure.reason);
  if (diagnosis !== null) {
    context.log.line(reason);
    for (const line of diagnosisLines(diagnosis)) context.log.line(line);
    const evidence = { ...diagnosis, changes: (journal.changes ?? []).map(deps.mask) };
    await updateDeployment(deps.db, lease, { deployId: journal.deployId, evidence });
  }
  deployment.journal = await writeJournal(context.journal, {
    ...journal,
    phase,
    // The evidence is in the records; the journal need not carry it again.
    failure: { outcome: failure.outcome, reason, diagnosis: null },
  });
}

function masked(mask: (text: string) => string, diagnosis: Diagnosis): Diagnosis {
  return mapText(diagnosis, mask);
}
