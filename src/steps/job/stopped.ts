import type { StartedJob } from '../../clusters/cluster-jobs.ts';
import { Fault } from '../../domain/fault.ts';
import { stopReasonOf } from '../../domain/stop-reason.ts';
import type { JobAtWork } from '../job-step.ts';
import type { StepResult } from '../step-handler.ts';

/** Within what the engine gives a stopped step to settle. */
const removeMs = 8_000;

/** Deletes the job of a step that was stopped; after a lost lease or a shutdown somebody else goes on with it. */
export async function endStopped(
  { jobs, context }: JobAtWork,
  { started, lastLine }: { started: Pick<StartedJob, 'name'>; lastLine: string | undefined },
): Promise<StepResult> {
  const { signal, handedOver } = context;
  const stop = stopReasonOf(signal);
  if (handedOver.aborted || stop.kind === 'lease-lost' || stop.kind === 'shutdown')
    throw new Fault('lease-lost', `job/${started.name} is left to another worker`);
  const name = `job/${started.name}`;
  const end = await jobs.remove(started, AbortSignal.any([handedOver, AbortSignal.timeout(removeMs)])).then(
    () => 'was deleted',
    (error: unknown) => `could not be deleted: ${error instanceof Fault ? error.message : 'no answer'}`,
  );
  if (stop.kind === 'cancelled')
    return { outcome: 'cancelled', reason: `cancelled by ${stop.by}; ${name} ${end}` };
  const told = lastLine === undefined ? '' : `; last line: ${lastLine}`;
  return {
    outcome: 'timed-out',
    reason: `${name} ${stop.isIdle ? 'said nothing for' : 'was not done within'} ${stop.afterMs / 1000} s and ${end}${told}`,
  };
}
