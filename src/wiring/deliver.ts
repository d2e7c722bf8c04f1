import { deliverRun } from '../runs/deliver-run.ts';
import type { WorkerParts } from '../wiring.ts';

/** Sends a run that was just stored on its way: to the worker in this process, or into the queue for all. */
export function deliverWith({ worker, queue }: Pick<WorkerParts, 'worker' | 'queue'>) {
  return async (runId: string): Promise<void> => {
    if (!worker.offer(runId)) await deliverRun(queue, runId);
  };
}
