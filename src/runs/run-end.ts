import type { Outcome, StepOutcome } from '../domain/outcome.ts';
import { isAllowedFailure, runOutcome, type StepStatuses } from '../domain/plan.ts';
import { type StopReason, stopReasonOf } from '../domain/stop-reason.ts';
import type { Execution } from './execute-run.ts';

export interface RunEnd {
  outcome: Outcome;
  reason: string | null;
}

/** How the run ends when all its steps have ended as `states` says. */
export function runEnd(execution: Execution, states: StepStatuses): RunEnd {
  const cancel = cancelOf(execution);
  return cancel === null ? endOf(execution, states) : cancelledEnd(cancel);
}

/** How the run ends with the end of this step; null where others are left. */
export function runEndWith(execution: Execution, stepId: string, outcome: StepOutcome): RunEnd | null {
  const states = new Map([...execution.states, [stepId, { state: 'ended', outcome }] as const]);
  const isLast = execution.admitted.pipeline.steps.every(({ id }) => states.get(id)?.state === 'ended');
  return isLast ? runEnd(execution, states) : null;
}

function endOf({ admitted, reasons }: Pick<Execution, 'admitted' | 'reasons'>, states: StepStatuses): RunEnd {
  const { steps } = admitted.pipeline;
  const outcome = runOutcome(steps, states) ?? 'errored';
  const isWarning = (step: (typeof steps)[number]) => isAllowedFailure(step, states);
  if (outcome === 'succeeded') {
    const warnings = steps.filter(isWarning).map(({ id }) => id);
    const warning = warnings.length === 0 ? null : `with a warning: ${warnings.join(', ')} failed`;
    const hasDoneNothing = steps.every(({ id }) => states.get(id)?.outcome === 'skipped');
    return {
      outcome,
      reason: hasDoneNothing ? `nothing to do: ${steps[0]?.skip ?? 'no step was to run'}` : warning,
    };
  }
  const culprit = steps.find((step) => states.get(step.id)?.outcome === outcome && !isWarning(step))?.id;
  return { outcome, reason: culprit === undefined ? null : `${culprit}: ${reasons.get(culprit) ?? outcome}` };
}

type Cancel = Extract<StopReason, { kind: 'cancelled' }>;

/** Somebody's wish to cancel the run. */
export function cancelOf({ keeper }: Pick<Execution, 'keeper'>): Cancel | null {
  if (!keeper.stop.aborted) return null;
  const stop = stopReasonOf(keeper.stop);
  return stop.kind === 'cancelled' ? stop : null;
}

export function cancelledEnd({ by, supersededBy }: Cancel): RunEnd & { reason: string } {
  if (supersededBy === undefined) return { outcome: 'cancelled', reason: `cancelled by ${by}` };
  return { outcome: 'superseded', reason: `superseded by #${supersededBy}` };
}
