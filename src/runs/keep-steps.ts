import type { Db } from '../store/database.ts';
import type { RunRow, StepRow } from '../store/runs.ts';

/** Gives a new run what steps of an earlier one have done: they count as done, with their outputs. */
export async function keepSteps(
  tx: Db,
  runId: string,
  { earlier, steps }: { earlier: RunRow; steps: readonly StepRow[] },
): Promise<void> {
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
