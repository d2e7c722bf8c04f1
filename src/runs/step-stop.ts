import type { StepDefinition } from '../domain/pipeline.ts';
import { runsAfterCancel } from '../domain/plan.ts';
import { stopReasonOf } from '../domain/stop-reason.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

/**
 * What stops a step. A step that runs `on-cancel` or `always` goes on, or begins, after somebody has cancelled the run, but is stopped like
 * the others when that is `cleanUpMs` ago (or its begin is, whichever is later).
 */
export function stopOfStep(
  { stop, handedOver }: Pick<LeaseKeeper, 'stop' | 'handedOver'>,
  step: Pick<StepDefinition, 'runWhen'>,
  cleanUpMs: number,
): Disposable & { signal: AbortSignal } {
  if (!runsAfterCancel(step)) return { signal: stop, [Symbol.dispose]: () => undefined };
  const bound = new AbortController();
  const over = new AbortController();
  const limit = () => {
    if (stopReasonOf(stop).kind !== 'cancelled') return;
    const timer = setTimeout(() => bound.abort(stop.reason), cleanUpMs);
    over.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  };
  if (stop.aborted) limit();
  else stop.addEventListener('abort', limit, { once: true, signal: over.signal });
  return {
    signal: AbortSignal.any([handedOver, bound.signal]),
    [Symbol.dispose]: () => over.abort(),
  };
}
