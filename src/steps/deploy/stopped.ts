import { Fault } from '../../domain/fault.ts';
import { type StopReason, stopReasonOf } from '../../domain/stop-reason.ts';
import { isFinal, withEnd } from '../final-fault.ts';
import type { StepResult } from '../step-handler.ts';
import { type Deployment, end, remember } from './deployment.ts';
import { leadsElsewhere } from './other-cluster.ts';
import { rollBack } from './roll-back.ts';
import { withdraw } from './withdraw.ts';
import { withdrawNew } from './withdraw-new.ts';

type WantedStop = Extract<StopReason, { kind: 'cancelled' | 'timed-out' }>;

/** Ends a deployment in good order where a stop or a fault ends its work; after a hand-over, somebody else goes on. */
export async function whileWanted(
  deployment: Deployment,
  work: () => Promise<StepResult>,
): Promise<StepResult> {
  const { signal, handedOver } = deployment.context;
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault || !signal.aborted) throw await afterFault(deployment, error);
    const stop = stopReasonOf(signal);
    if (handedOver.aborted || stop.kind === 'lease-lost' || stop.kind === 'shutdown') {
      throw new Fault(
        'lease-lost',
        `The deployment to ${deployment.environment.name} is left to another worker`,
      );
    }
    const { phase, failure, healthy } = deployment.journal;
    if (failure !== undefined || healthy !== undefined) throw error;
    return phase === 'planned' ? endUnbegun(deployment, stop) : endBegun(deployment, stop);
  }
}

/** A rollout that was begun is to be left as it is: the step ends without a look at its cluster. */
export function isLeft({ context: { signal }, journal: { phase, failure, healthy } }: Deployment): boolean {
  if (!signal.aborted || failure !== undefined || healthy !== undefined) return false;
  const stop = stopReasonOf(signal);
  return stop.kind === 'cancelled' && stop.rollout === 'leave' && !isBeside(phase);
}

/** The new version, or a part of it, stands beside the old one, which is as it was. */
function isBeside(phase: Deployment['journal']['phase']): boolean {
  return phase === 'canary' || phase === 'colour';
}

/** A verdict is certain: what stands beside the old version goes, or what has replaced it is rolled back. */
export function goBack(deployment: Deployment): Promise<StepResult> {
  return deployment.journal.phase === 'withdrawing' ? withdraw(deployment) : rollBack(deployment);
}

function endUnbegun(deployment: Deployment, stop: WantedStop): Promise<StepResult> {
  const reason =
    stop.kind === 'cancelled'
      ? `cancelled by ${stop.by} before anything was changed`
      : `not begun within ${stop.afterMs / 1000} s`;
  return end(deployment, { outcome: stop.kind, reason });
}

/** Some objects may have been written, by this worker or one before it. */
async function endBegun(deployment: Deployment, stop: WantedStop): Promise<StepResult> {
  const reason =
    stop.kind === 'cancelled' ? `cancelled by ${stop.by}` : `not done within ${stop.afterMs / 1000} s`;
  if (isLeft(deployment))
    return end(deployment, { outcome: 'cancelled', reason: `${reason}; the rollout is left as it is` });
  const failure = { outcome: stop.kind, reason, diagnosis: null };
  const { phase } = deployment.journal;
  await remember(deployment, { phase: isBeside(phase) ? 'withdrawing' : 'rolling-back', failure });
  return goBack(deployment);
}

/**
 * Deletes what stands beside the old version when a fault ends the step for good: nobody would come back for it. What
 * Services may lead to stays.
 * @returns what to throw instead
 */
async function afterFault(deployment: Deployment, error: unknown): Promise<unknown> {
  const { phase, canary, colours } = deployment.journal;
  const isUnused = phase === 'canary' || phase === 'colour' || phase === 'withdrawing';
  const what = isUnused ? (colours?.to ?? (canary && 'the canary')) : canary && 'the canary';
  if (what === undefined || phase === 'ended' || !isFinal(error, deployment)) return error;
  if (leadsElsewhere(error)) return error;
  const text = await withdrawFor(deployment, { error, isUnused }).then(
    () => `${what} was removed`,
    (fault: unknown) =>
      `${what} could not be removed: ${fault instanceof Fault ? fault.message : 'no answer'}`,
  );
  return withEnd(error, text);
}

/** A worker that goes on although the step was to end must not switch to what is gone. */
async function withdrawFor(
  deployment: Deployment,
  { error, isUnused }: { error: unknown; isUnused: boolean },
): Promise<void> {
  const reason = error instanceof Fault ? error.message : 'an internal error';
  const failure = deployment.journal.failure ?? { outcome: 'failed', reason, diagnosis: null };
  if (isUnused) await remember(deployment, { phase: 'withdrawing', failure });
  await withdrawNew(deployment);
}
