import type { StartedJob } from '../../clusters/cluster-jobs.ts';
import { Fault } from '../../domain/fault.ts';
import { stopReasonOf } from '../../domain/stop-reason.ts';
import { leadsElsewhere } from '../deploy/other-cluster.ts';
import { isFinal, withEnd } from '../final-fault.ts';
import type { JobAtWork } from '../job-step.ts';
import type { StepResult } from '../step-handler.ts';

/** Within what the engine gives a stopped step to settle. */
const removeMs = 8_000;

/** Deletes the job of a step that was stopped; after a lost lease or a shutdown somebody else goes on with it. */
export async function endStopped(
  { jobs, context, step }: JobAtWork,
  { started, lastLine }: { started: Pick<StartedJob, 'name'>; lastLine: string | undefined },
): Promise<StepResult> {
  const { signal, handedOver } = context;
  const stop = stopReasonOf(signal);
  if (handedOver.aborted || stop.kind === 'lease-lost' || stop.kind === 'shutdown')
    throw new Fault('lease-lost', `job/${started.name} is left to another worker`);
  const name = `job/${started.name}`;
  const end = await removeMade({ jobs, context, step }, started.name);
  if (stop.kind === 'cancelled')
    return { outcome: 'cancelled', reason: `cancelled by ${stop.by}; ${name} ${end}` };
  const told = lastLine === undefined ? '' : `; last line: ${lastLine}`;
  return {
    outcome: 'timed-out',
    reason: `${name} ${stop.isIdle ? 'said nothing for' : 'was not done within'} ${stop.afterMs / 1000} s and ${end}${told}`,
  };
}

/**
 * Deletes the job of a step that a fault ends for good: nobody would follow it. It may have been made although the
 * answer was lost.
 * @returns what to throw instead
 */
export async function afterFault(work: JobAtWork, error: unknown): Promise<unknown> {
  const { context, step } = work;
  const { name } = (context.journal.read() ?? {}) as { name?: string };
  if (name === undefined || leadsElsewhere(error) || !isFinal(error, { step, context })) return error;
  return withEnd(error, `job/${name}, which may have been made, ${await removeMade(work, name)}`);
}

/** @returns how that ended, in words; one that cannot be deleted ends by its own deadline */
export async function removeMade(
  { jobs, context, step }: Pick<JobAtWork, 'jobs' | 'context' | 'step'>,
  name: string,
): Promise<string> {
  const limit = AbortSignal.any([context.handedOver, AbortSignal.timeout(removeMs)]);
  return jobs.remove({ name, hasSecrets: step.secrets !== undefined }, limit).then(
    () => 'was deleted',
    (error: unknown) => `could not be deleted: ${error instanceof Fault ? error.message : 'no answer'}`,
  );
}
