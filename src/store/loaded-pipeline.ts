import type { Pipeline } from '../domain/pipeline.ts';
import type { Db } from './database.ts';
import { insertSteps } from './insert-run.ts';
import { assertHeld, type Lease, whileHeld } from './leases.ts';
import { storeRunFiles, withoutTexts } from './run-files.ts';
import { readSteps, type StepRow, stateChanged } from './runs.ts';

/**
 * Gives a run the steps that were read from its repository, all or nothing. Safe to repeat: whoever loses the connection does
 * not know whether it was done.
 * @throws Fault `lease-lost`
 */
export async function storeLoadedPipeline(db: Db, lease: Lease, pipeline: Pipeline): Promise<StepRow[]> {
  return db.transaction().execute(async (tx) => {
    const rows = await whileHeld(tx, lease)
      .updateTable('run')
      .from('held')
      .set({ definition: JSON.stringify(withoutTexts(pipeline)) })
      .whereRef('run.id', '=', 'held.held_run_id')
      .returning(stateChanged(lease.runId))
      .execute();
    assertHeld(lease, rows.length);
    await storeRunFiles(tx, lease.runId, pipeline.files ?? []);
    const known = await readSteps(tx, lease.runId);
    if (known.length > 0) return known;
    await insertSteps(tx, lease.runId, pipeline.steps);
    return readSteps(tx, lease.runId);
  });
}
