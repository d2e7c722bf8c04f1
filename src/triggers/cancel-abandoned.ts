import { requestCancel } from '../runs/cancel-run.ts';
import type { Store } from '../store/database.ts';
import { abandonedRuns } from '../store/triggered-runs.ts';

/** Cancels what trigger steps have started and wait for no more: such a run ends with the one that wanted it. */
export async function cancelAbandoned({
  store: { db },
  wakeRun,
}: {
  store: Pick<Store, 'db'>;
  wakeRun(runId: string): Promise<void>;
}): Promise<void> {
  for (const { id, by } of await abandonedRuns(db)) {
    await requestCancel(db, { runId: id, by, rollout: 'roll-back' });
    await wakeRun(id);
  }
}
