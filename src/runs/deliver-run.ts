import type { Db } from '../store/database.ts';
import { countDelivery, nextOfGroup, takeBackDelivery } from '../store/run-queueing.ts';
import type { RunQueue } from './run-queue.ts';

/**
 * Puts a run's job into the queue. The queue only delivers: when this fails or the process dies before it, the
 * reconciler delivers the run again, and a run delivered twice is executed once (its lease decides).
 */
export async function deliverRun(queue: RunQueue, runId: string, delivery = 0): Promise<void> {
  await queue.add({ runId, delivery });
}

/** Delivers a run once more, under a job id of its own. */
export async function redeliverRun(db: Db, queue: RunQueue, runId: string): Promise<void> {
  const delivery = await countDelivery(db, runId);
  if (delivery === undefined) return;
  try {
    await deliverRun(queue, runId, delivery);
  } catch (error) {
    await takeBackDelivery(db, runId, delivery).catch(() => undefined);
    throw error;
  }
}

/** After a run has ended or given way: delivers the runs of its group that may begin next. */
export async function deliverNextOfGroup(db: Db, queue: RunQueue, group: string): Promise<void> {
  for (const next of await nextOfGroup(db, group)) await redeliverRun(db, queue, next);
}
