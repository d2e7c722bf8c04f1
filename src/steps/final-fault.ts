import { Fault } from '../domain/fault.ts';
import type { StepDefinition } from '../domain/pipeline.ts';
import type { StepContext } from './step-handler.ts';

/** Whether an error ends the step for good: nobody goes on with it, and it is not tried again. */
export function isFinal(
  error: unknown,
  { step, context }: { step: Pick<StepDefinition, 'retry'>; context: StepContext },
): boolean {
  if (context.handedOver.aborted) return false;
  if (!(error instanceof Fault)) return true;
  if (error.code === 'lease-lost') return false;
  const isTriedAgain = error.isRetryable && step.retry.on.includes('fault') && !context.isLastAttempt;
  return !isTriedAgain || context.signal.aborted;
}

/** The same fault, which says what was done about it as well. */
export function withEnd(error: unknown, end: string): unknown {
  if (!(error instanceof Fault)) return error;
  const { code, message, cause, hint, isRetryable } = error;
  return new Fault(code, `${message}; ${end}`, { cause, isRetryable, ...(hint !== undefined && { hint }) });
}
