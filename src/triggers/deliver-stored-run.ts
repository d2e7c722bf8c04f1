import type { Logger } from 'pino';
import type { DeliverRun } from './watch.ts';

/** Delivers a run that is stored already; when the queue is away now, the reconciler delivers it later. */
export async function deliverStoredRun(
  { deliverRun, logger }: { deliverRun: DeliverRun; logger: Logger },
  runId: string,
): Promise<void> {
  try {
    await deliverRun(runId);
  } catch (error) {
    logger.warn({ err: error, runId }, 'Run not put into the queue yet');
  }
}
