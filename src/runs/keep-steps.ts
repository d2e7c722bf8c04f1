import type { Db } from '../store/database.ts';
import { makeAsOldAs } from '../store/insert-run.ts';
import type { RunRow, StepRow } from '../store/runs.ts';

/**
 * Has a new run go on with an earlier one, and be as old as that: what steps of it have done counts as done, with their
 * outputs.
 */
export async function keepSteps(
  tx: Db,
  runId: string,
  { earlier, steps }: { earlier: RunRow; steps: readonly StepRow[] },
): Promise<void> {
  await makeAsOldAs(tx, runId, earlier.id);
  for (const step of steps) {
    await tx
      .updateTable('step')
      .set({
        state: 'ended',
        outcome: 'succeeded',
        reason: `kept from #${earlier.number}`,
        output: step.output === null ? null : JSON.stringify(step.output),
        started_at: step.started_at,
        ended_at: step.ended_at,
      })
      .where('run_id', '=', runId)
      .where('id', '=', step.id)
      .execute();
  }
}
