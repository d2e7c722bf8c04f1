import pRetry from 'p-retry';
import { coverOutputs } from '../domain/command-outputs.ts';
import { Fault } from '../domain/fault.ts';
import type { JsonObject } from '../domain/json.ts';
import type { StepOutcome } from '../domain/outcome.ts';
import type { RetryCause, RetryRule, StepDefinition } from '../domain/pipeline.ts';
import type { StepProgress } from '../domain/step-progress.ts';
import { stopReasonOf } from '../domain/stop-reason.ts';
import type { StepResult, StepWait, UnhappyResult } from '../steps/step-handler.ts';
import { endAndBeginNext, endTogether, type LogRest, type Successor } from '../store/end-together.ts';
import { writeProgress } from '../store/step-progress.ts';
import { waitStep } from '../store/waiting-runs.ts';
import { attemptStep } from './attempt-step.ts';
import type { Engine } from './engine.ts';
import type { Execution } from './execute-run.ts';
import { isShuttingDown } from './lease-keeper.ts';
import { persist } from './persist.ts';
import { runEndWith } from './run-end.ts';
import { stopOfStep } from './step-stop.ts';

interface StepEnded {
  outcome: StepOutcome;
  reason: string | null;
  output: JsonObject | null;
}

/**
 * Executes one step to its end, retried as its definition says, and stores the end. Returns without one when this
 * process must stop: another worker continues the step then.
 * @throws Fault `lease-lost`
 */
export async function executeStep(execution: Execution, stepId: string): Promise<void> {
  const { engine, admitted, keeper, log, states, outputs, reasons } = execution;
  const step = admitted.pipeline.steps.find((candidate) => candidate.id === stepId);
  if (step === undefined) throw new Fault('internal', `run ${admitted.run.id} has no step ${stepId}`);
  states.set(stepId, { state: 'running', outcome: null });

  using stop = stopOfStep(keeper, step, engine.cleanUpMs);
  const ended = await attemptUntilEnded(execution, step, stop.signal);

  if (ended === null) return;
  if (ended.outcome === 'waiting') return leaveWaiting(execution, stepId, ended);
  const end = maskedEnd(ended, step, engine);
  if (end.outcome !== 'succeeded') {
    reasons.set(stepId, end.reason ?? end.outcome);
    log.write(stepId, `${end.outcome}: ${end.reason}\n`);
    if (step.allowFailure && end.outcome !== 'cancelled')
      log.write(stepId, 'The step is allowed to fail: the run goes on.\n');
  }
  await storeEnd(execution, stepId, end);
  states.set(stepId, { state: 'ended', outcome: end.outcome });
  if (end.outcome === 'succeeded' && end.output !== null) outputs.set(stepId, end.output);
}

/** With what is left of its log, and with the end of the run where nothing is left to do. */
async function storeEnd(execution: Execution, stepId: string, end: StepEnded): Promise<void> {
  const { engine, admitted, keeper, log } = execution;
  const run = runEndWith(execution, stepId, end.outcome);
  const step = { stepId, ...end };
  const store = (log: LogRest, successor: Successor | null) => {
    let wanted = successor;
    return persist(() => {
      const ends = { log, step, run };
      if (wanted === null) return endTogether(engine.db, admitted.lease, ends);
      // When it is repeated, the run that has begun with it may be in this worker's name already.
      const first = endAndBeginNext(engine.db, { lease: admitted.lease, ends }, wanted);
      wanted = null;
      return first;
    }, keeper.lost);
  };
  const { areThereOthers } = await log.storeLast(stepId, (rest) =>
    run === null ? store(rest, null) : execution.endRun((successor) => store(rest, successor)),
  );
  if (run !== null) execution.end = { areThereOthers };
  execution.leftovers.begin();
}

/** What a step's commands have written may hold a secret; what we write does not. */
function maskedEnd(ended: StepEnded, { kind }: StepDefinition, { mask }: Pick<Engine, 'mask'>): StepEnded {
  const { outcome, reason, output } = ended;
  const isWritten = kind === 'run' && output !== null;
  return {
    outcome,
    reason: reason === null ? null : mask(reason),
    output: isWritten ? coverOutputs(output, mask) : output,
  };
}

async function leaveWaiting(execution: Execution, stepId: string, wait: StepWait): Promise<void> {
  const { engine, admitted, keeper, log, states, waits } = execution;
  await log.flush();
  const { reason } = wait;
  await persist(() => waitStep(engine.db, admitted.lease, { stepId, reason }), keeper.lost);
  waits.set(stepId, wait);
  states.set(stepId, { state: 'waiting', outcome: null });
}

async function attemptUntilEnded(
  execution: Execution,
  step: StepDefinition,
  stop: AbortSignal,
): Promise<StepEnded | StepWait | null> {
  const { log } = execution;
  let ended: StepEnded | StepWait | undefined;
  let isPausing = false;
  let begun = 0;
  const onBegun = (attempt: number) => {
    begun = attempt;
  };
  const attempt = async (number: number) => {
    isPausing = false;
    const isLast = number > step.retry.max;
    const isFirst = number === 1;
    ended = endOrRetry(await attemptStep(execution, step, { stop, isFirst, isLast, onBegun }), step);
    return ended;
  };
  const endStopped = () => attempt(Number.POSITIVE_INFINITY);
  try {
    if (stop.aborted) return await endStopped();
    return await pRetry(attempt, {
      retries: step.retry.max,
      ...pausesOf(step.retry),
      signal: stop,
      shouldRetry: ({ error }) => isRetried(error, step),
      onFailedAttempt({ error, retriesLeft, retryDelay }) {
        if (retriesLeft === 0 || !isRetried(error, step)) return;
        // What has failed is done anew; after a fault the journal tells where to go on.
        if (error instanceof UnwantedEnd) execution.journals.delete(step.id);
        isPausing = true;
        const pause = `trying again in ${Math.ceil(retryDelay / 1000)} s (${retriesLeft} left)`;
        log.write(step.id, `${describe(error)}: ${pause}\n`);
        void reportPause(execution, { stepId: step.id, attempt: begun, pause });
      },
    });
  } catch (error) {
    // p-retry throws an attempt's result away when the run was stopped meanwhile; it is how the step ended.
    if (ended !== undefined) return ended;
    if (!isPausing || !stop.aborted || execution.keeper.handedOver.aborted)
      return endByError(execution, error, stop);
    // What the failed attempt has left outside is ended in good order.
    return endStopped().catch((last: unknown) => endByError(execution, last, stop));
  }
}

/** In the place of what the attempt did last, which would look as if it still did. */
async function reportPause(
  { engine, admitted }: Execution,
  { stepId, attempt, pause }: { stepId: string; attempt: number; pause: string },
): Promise<void> {
  const progress: StepProgress = {
    ...{ phase: 'pause', text: pause, done: 0, total: null, unit: 'seconds', items: [] },
  };
  await writeProgress(engine.db, admitted.lease, { stepId, attempt, progress }).catch(() => undefined);
}

const longestPauseMs = 10 * 60_000;

function pausesOf({ backoffMs }: RetryRule): { minTimeout: number; maxTimeout: number } {
  if (backoffMs === undefined) return { minTimeout: 1_000, maxTimeout: 15_000 };
  return { minTimeout: backoffMs, maxTimeout: Math.max(backoffMs, longestPauseMs) };
}

/** A user's failure that the step's definition wants to be repeated, on its way to the retry loop. */
class UnwantedEnd extends Error {
  readonly end: StepEnded;

  constructor(end: StepEnded) {
    super(end.reason ?? end.outcome);
    this.end = end;
  }
}

function endOrRetry(result: StepResult | StepWait, step: StepDefinition): StepEnded | StepWait {
  if (result.outcome === 'waiting') return result;
  if (result.outcome === 'succeeded') {
    return { outcome: 'succeeded', reason: result.note ?? null, output: result.output };
  }
  const end = { outcome: result.outcome, reason: result.reason, output: result.output ?? null };
  const wanted = causesOf(result).some((cause) => step.retry.on.includes(cause));
  if (wanted) throw new UnwantedEnd(end);
  return end;
}

function causesOf({ outcome, exitCode }: UnhappyResult): RetryCause[] {
  if (outcome === 'timed-out') return ['timeout'];
  if (outcome !== 'failed') return [];
  return exitCode === undefined ? ['failure'] : ['failure', exitCode];
}

function isRetried(error: unknown, step: StepDefinition): boolean {
  if (error instanceof UnwantedEnd) return true;
  return error instanceof Fault && error.isRetryable && step.retry.on.includes('fault');
}

function endByError(execution: Execution, error: unknown, stop: AbortSignal): StepEnded | null {
  const { keeper, engine, admitted } = execution;
  if (error instanceof UnwantedEnd) return error.end;
  if (isShuttingDown(keeper)) return null;
  if (keeper.lost.aborted || (error instanceof Fault && error.code === 'lease-lost')) {
    throw new Fault('lease-lost', `run ${admitted.run.id} was taken over by another worker`, {
      cause: error,
    });
  }
  if (stop.aborted) {
    const why = stopReasonOf(stop);
    return {
      outcome: 'cancelled',
      reason: `cancelled by ${'by' in why ? why.by : why.kind}`,
      output: null,
    };
  }
  // Who writes the repository has to mend it: the user's failure, though it is found out while a tree is fetched.
  if (error instanceof Fault && error.code === 'scm-broken-tree')
    return { outcome: 'failed', reason: describe(error), output: null };
  engine.logger.error({ err: error, runId: admitted.run.id }, 'a step ended with a fault');
  return { outcome: 'errored', reason: describe(error), output: null };
}

function describe(error: unknown): string {
  if (error instanceof Fault)
    return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  if (error instanceof UnwantedEnd) return error.message;
  return 'a fault inside Trunkline; the server log has the details';
}
