import type { Db } from '../store/database.ts';
import { storeCancelWish } from '../store/run-queueing.ts';
import { endQueuedRun, type RunRow } from '../store/runs.ts';
import { wakeRun } from '../store/waiting-runs.ts';

export interface CancelWish {
  runId: string;
  /** Who asked: a token's name. */
  by: string;
  /** What becomes of a rollout that has begun. */
  rollout: 'leave' | 'roll-back';
}

/** An object: somebody, or a newer run, has asked for it before and wants something else to become of a rollout. */
export type CancelReceipt =
  | 'requested'
  | 'already-ended'
  | 'not-found'
  | { askedBy: string; rollout: CancelWish['rollout'] };

/**
 * Stores the wish and tells the worker that has the run, wherever it is; a run that nobody has begun ends here.
 * One that waits is woken, and to be delivered after: steps of it may run in spite of the cancel. The first wish counts.
 */
export async function requestCancel(db: Db, wish: CancelWish): Promise<CancelReceipt> {
  return db.transaction().execute(async (tx) => {
    const run = await tx
      .selectFrom('run')
      .select(['state', 'cancel_requested_at', 'cancel_requested_by', 'cancel_rollout'])
      .where('id', '=', wish.runId)
      .forUpdate()
      .executeTakeFirst();
    if (run === undefined) return 'not-found';
    if (run.state === 'ended') return 'already-ended';
    if (run.cancel_requested_at !== null) return knownCancel(run, wish);
    await storeCancelWish(tx, wish);
    if (run.state === 'waiting') await wakeRun(tx, wish.runId);
    if (run.state === 'queued') {
      await endQueuedRun(tx, wish.runId, { outcome: 'cancelled', reason: `cancelled by ${wish.by}` });
    }
    return 'requested';
  });
}

function knownCancel(
  {
    cancel_requested_by: askedBy,
    cancel_rollout: rollout,
  }: Pick<RunRow, 'cancel_requested_by' | 'cancel_rollout'>,
  wish: CancelWish,
): CancelReceipt {
  if (rollout === null || rollout === wish.rollout) return 'requested';
  return { askedBy: askedBy ?? 'somebody', rollout };
}
