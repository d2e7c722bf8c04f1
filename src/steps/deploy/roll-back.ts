import { type AppliedRollout, isRefusal, type ProgressHooks } from '../../clusters/cluster.ts';
import { Fault } from '../../domain/fault.ts';
import type { JsonObject } from '../../domain/json.ts';
import { updateDeployment } from '../../store/deployments.ts';
import type { StepContext, StepResult } from '../step-handler.ts';
import { barrierSince } from './barrier.ts';
import { deleteAdded } from './delete-added.ts';
import { type Deployment, end, progressHooks } from './deployment.ts';
import { mapText } from './map-text.ts';
import { findGoneImage, findWayBack, type WayBack } from './way-back.ts';
import { withdrawNew } from './withdraw-new.ts';

/** A rollback has a limit of its own: the step's may have run out already. */
const longestRollbackMs = 600_000;

/**
 * Puts the last healthy state back, once, and watches it become healthy. Every end of it, good or bad, ends the step
 * with the failure that made it necessary.
 */
export async function rollBack(deployment: Deployment): Promise<StepResult> {
  const { deps, lease, journal, context } = deployment;
  const { failure } = journal;
  if (failure === undefined) throw new TypeError('a rollback needs a failure');
  const report = mapText(await tryRollBack(deployment), deps.mask);
  context.log.line(report.text);
  await updateDeployment(deps.db, lease, { deployId: journal.deployId, rollback: report });
  // As long as Services may lead to it, it stays.
  if (report.state === 'done' && journal.colours !== undefined) await withdrawNew(deployment);
  return end(deployment, { outcome: failure.outcome, reason: `${failure.reason}; ${report.text}` });
}

interface RollbackReport extends JsonObject {
  state: 'done' | 'failed' | 'refused' | 'impossible';
  /** What was gone back to: `r33 (cart #11)`. */
  to: string | null;
  text: string;
  diagnosis: JsonObject | null;
}

async function tryRollBack(deployment: Deployment): Promise<RollbackReport> {
  const way = await findWayBack(deployment);
  if (way === null) {
    const text = 'left as it is: there is no earlier healthy version to go back to';
    return { state: 'impossible', to: null, text, diagnosis: null };
  }
  const barrier = await barrierSince(deployment, way.healthyAt);
  if (barrier !== undefined) {
    const text = `not rolled back to ${way.label}, past ${barrier}: mend it with a new revision, or go back with "trunkline rollback"`;
    return { state: 'refused', to: way.label, text, diagnosis: null };
  }
  const gone = await findGoneImage(deployment, way);
  if (gone !== undefined) {
    const text = `not rolled back to ${way.label}: the registry no longer has ${gone}`;
    return { state: 'refused', to: way.label, text, diagnosis: null };
  }
  return restore(deployment, way).catch((error: unknown) => reportFault(deployment, { way, error }));
}

/** A step that was stopped is not tried again: what kept it from going back would be said by nobody else. */
function reportFault(
  { context: { signal, handedOver } }: Deployment,
  { way, error }: { way: WayBack; error: unknown },
): RollbackReport {
  const isLeft = handedOver.aborted || !(error instanceof Fault) || error.code === 'lease-lost';
  if (isLeft || !signal.aborted) throw error;
  const hint = error.hint === undefined ? '' : `. ${error.hint}`;
  const text = `the rollback to ${way.label} failed: ${error.message}${hint}`;
  return { state: 'failed', to: way.label, text, diagnosis: null };
}

async function restore(deployment: Deployment, way: WayBack): Promise<RollbackReport> {
  const { cluster, context, journal, step } = deployment;
  const { run, log } = context;
  log.line(`rolling back to ${way.label}`);
  const changeCause = `trunkline ${run.pipeline} #${run.number}: rolled back to ${way.label}: ${journal.failure?.reason ?? ''}`;
  const hooks = { confirm: () => context.confirmLease(), ...rollbackHooks(context, way) };
  const { handedOver } = context;
  const request = {
    replaces: journal.deployId,
    objects: way.objects,
    changeCause: changeCause.slice(0, 300).toWellFormed(),
  };
  const restored = await cluster.restore(request, hooks, handedOver);
  if (isRefusal(restored)) {
    for (const line of restored.details ?? []) log.line(line);
    const text = `not rolled back to ${way.label}: ${restored.refusal}`;
    return { state: 'refused', to: way.label, text, diagnosis: null };
  }
  const limit = AbortSignal.timeout(Math.min(longestRollbackMs, Math.max(step.timeoutMs, 60_000)));
  const report = await watchBack(deployment, {
    way,
    restored,
    limit: AbortSignal.any([handedOver, limit]),
  });
  if (report.state === 'done') await deleteAdded(deployment, way);
  return report;
}

function rollbackHooks(context: StepContext, way: WayBack): ProgressHooks {
  return {
    ...progressHooks(context),
    onReport: (report) =>
      context.progress({
        ...report,
        phase: 'rollback',
        text: `rolling back to ${way.label}: ${report.text}`,
      }),
  };
}

async function watchBack(
  { cluster, context }: Deployment,
  { way, restored, limit }: { way: WayBack; restored: AppliedRollout; limit: AbortSignal },
): Promise<RollbackReport> {
  const options = { soakMs: 0, ...rollbackHooks(context, way) };
  const to = way.label;
  const failed = `the rollback to ${to} failed too`;
  try {
    const verdict = await cluster.watch(restored, options, limit);
    if (verdict.outcome === 'succeeded') {
      return { state: 'done', to, text: `rolled back to ${to}`, diagnosis: null };
    }
    const diagnosis = 'diagnosis' in verdict ? verdict.diagnosis : null;
    const cause = 'diagnosis' in verdict ? verdict.diagnosis.headline : verdict.cause;
    return { state: 'failed', to, text: `${failed}: ${cause}`, diagnosis };
  } catch (error) {
    if (context.handedOver.aborted || !limit.aborted) throw error;
    const diagnosis = await cluster.diagnose(restored, AbortSignal.timeout(30_000));
    return { state: 'failed', to, text: `${failed}: not done in time: ${diagnosis.headline}`, diagnosis };
  }
}
