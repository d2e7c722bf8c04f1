import { Fault } from '../domain/fault.ts';
import { stepRefusal } from '../domain/fork-limits.ts';
import { missingOutput } from '../domain/output-references.ts';
import type { StepDefinition, StepKind } from '../domain/pipeline.ts';
import type { StepProgress } from '../domain/step-progress.ts';
import { type StopReason, stopReasonOf } from '../domain/stop-reason.ts';
import type { StepContext, StepResult, StepWait } from '../steps/step-handler.ts';
import { beginStep } from '../store/runs.ts';
import { writeProgress } from '../store/step-progress.ts';
import { beginDeployStep } from '../store/superseding.ts';
import type { Engine } from './engine.ts';
import type { Execution } from './execute-run.ts';
import { persist } from './persist.ts';
import { createProgressLines } from './progress-lines.ts';
import { createProgressWriter } from './progress-writer.ts';
import { createStepContext } from './step-context.ts';
import { idleLimit, timeLimit } from './step-limits.ts';

/** How long a stopped step may take to settle before the engine goes on without it. */
const settleMs = 2_500;
/** A rollout is ended in good order: rolled back and watched, with deadlines of its own. */
const settleRolloutMs = 15 * 60_000;
/** A job is deleted. */
const settleJobMs = 12_000;
/** What a worker that takes a run over does anew; it goes on with the others where they are. */
const begunAnew: ReadonlySet<StepKind> = new Set(['build', 'run'] as const);
const settleTimes: Partial<Record<StepKind, number>> = { deploy: settleRolloutMs, job: settleJobMs };

interface AttemptFacts {
  stop: AbortSignal;
  /** Since this worker has the run. */
  isFirst: boolean;
  isLast: boolean;
  /** Told which attempt it is. */
  onBegun(attempt: number): void;
}

/**
 * One attempt of a step, under its time limit and what else may stop it.
 * @throws Fault from the handler, or `lease-lost`
 */
export async function attemptStep(
  execution: Execution,
  step: StepDefinition,
  { stop, isFirst, isLast, onBegun }: AttemptFacts,
): Promise<StepResult | StepWait> {
  const { engine, admitted, keeper } = execution;
  const refusal = stepRefusal(step.kind, admitted.run.told);
  const attempt = await beginAttempt(execution, step, refusal !== null);
  if (typeof attempt !== 'number') {
    return { outcome: 'superseded', reason: `superseded by #${attempt.supersededBy} before it began` };
  }
  onBegun(attempt);
  const mistake = refusal ?? missingOutput(step, execution.outputs);
  if (mistake !== null) return { outcome: 'failed', reason: mistake };
  using limit = timeLimit(step.timeoutMs);
  using idle = idleLimit(step.idleTimeoutMs);
  const signal = AbortSignal.any([stop, limit.signal, idle.signal]);
  const progress = createProgressWriter(
    (news) => writeProgress(engine.db, admitted.lease, { stepId: step.id, attempt, progress: news }),
    engine.mask,
  );
  const lines = createProgressLines((line) => execution.log.write(step.id, `${line}\n`));
  const report = (news: StepProgress) => {
    idle.noticeLife();
    progress.report(news);
    lines(news);
  };
  const write = (text: string) => {
    idle.noticeLife();
    execution.log.write(step.id, text);
  };
  const drained = () => idle.whileHeldUp(execution.log.drained());
  if (isFirst && attempt > 1 && begunAnew.has(step.kind))
    write(`begun again as attempt ${attempt}: the worker that had it went away\n`);
  const parts = { attempt, isLastAttempt: isLast, signal, write, drained, progress: report };
  const context = createStepContext(execution, step, parts);
  try {
    const work = handle(engine.handlers, step.kind, { step, context });
    const result = await settleInTime(work, { step, signal, handedOver: keeper.handedOver });
    return result ?? endedByStop(stopReasonOf(keeper.handedOver.aborted ? keeper.handedOver : signal), step);
  } finally {
    await progress.close();
  }
}

/** @param isRefused then nothing comes of it, which no newer run need prevent */
async function beginAttempt(
  { engine, admitted, keeper, begun }: Execution,
  { id, kind }: StepDefinition,
  isRefused: boolean,
): Promise<number | { supersededBy: number }> {
  const known = begun.get(id);
  begun.delete(id);
  if (known !== undefined) return known;
  const isDeployed = !isRefused && (kind === 'deploy' || kind === 'job');
  const begin = isDeployed ? beginDeployStep : beginStep;
  return persist(() => begin(engine.db, admitted.lease, id), keeper.lost);
}

/** The map from kind to handler is complete by type; this is where one kind's type is put back together. */
function handle<Kind extends StepKind>(
  handlers: Engine['handlers'],
  kind: Kind,
  { step, context }: { step: StepDefinition; context: StepContext },
): Promise<StepResult | StepWait> {
  return handlers[kind].execute(step as Extract<StepDefinition, { kind: Kind }>, context);
}

interface Stops {
  step: StepDefinition;
  signal: AbortSignal;
  /** Ends the good order too: somebody else sees to it. */
  handedOver: AbortSignal;
}

/** Waits for the handler; after a stop only for so long. Undefined: stopped, and nothing more to say. */
async function settleInTime(
  work: Promise<StepResult | StepWait>,
  { step, signal, handedOver }: Stops,
): Promise<StepResult | StepWait | undefined> {
  const { promise: givenUp, resolve } = Promise.withResolvers<undefined>();
  const giveUp = () => resolve(undefined);
  using _stopped = callAfterAbort(signal, settleTimes[step.kind] ?? settleMs, giveUp);
  using _handedOver = callAfterAbort(handedOver, settleMs, giveUp);
  try {
    return await Promise.race([work, givenUp]);
  } catch (error) {
    if (!handedOver.aborted && signal.aborted && stopReasonOf(signal).kind === 'timed-out') return undefined;
    throw error;
  } finally {
    work.catch(() => undefined);
  }
}

/** Until it is disposed. */
function callAfterAbort(signal: AbortSignal, ms: number, call: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer = setTimeout(call, ms);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', begin);
    },
  };
}

/** @throws Fault `lease-lost` when the step is another worker's from now on: it has not ended */
function endedByStop(stop: StopReason, step: StepDefinition): StepResult {
  if (stop.kind === 'timed-out') {
    const what = stop.isIdle ? 'showed no sign of life for' : 'did not end within';
    return { outcome: 'timed-out', reason: `step ${step.id} ${what} ${stop.afterMs / 1000} s` };
  }
  if (stop.kind === 'cancelled') return { outcome: 'cancelled', reason: `cancelled by ${stop.by}` };
  throw new Fault('lease-lost', `step ${step.id} is left to another worker`, { isRetryable: false });
}
