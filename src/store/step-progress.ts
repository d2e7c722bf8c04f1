import { sql } from 'kysely';
import type { StepProgress } from '../domain/step-progress.ts';
import { encodeRunNotice } from './channels.ts';
import type { Db } from './database.ts';
import { type Lease, whileHeld } from './leases.ts';

/**
 * Replaces what is known of a running attempt's progress. Without effect once the lease is lost or the attempt has
 * ended: whoever comes late has nothing to say any more.
 */
export async function writeProgress(
  db: Db,
  lease: Lease,
  entry: { stepId: string; attempt: number; progress: StepProgress },
): Promise<void> {
  const notice = encodeRunNotice({ run: lease.runId, what: 'progress' });
  await whileHeld(db, lease)
    .updateTable('step')
    .from('held')
    .set({ progress: JSON.stringify(entry.progress) })
    .whereRef('step.run_id', '=', 'held.held_run_id')
    .where('step.id', '=', entry.stepId)
    .where('step.attempt', '=', entry.attempt)
    .where('step.state', '=', 'running')
    .returning(sql<string>`pg_notify('trunkline_run', ${notice})::text`.as('notified'))
    .execute();
}
