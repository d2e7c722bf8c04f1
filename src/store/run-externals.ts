import type { LockedExternal } from '../domain/external.ts';
import type { Db } from './database.ts';
import { assertHeld, type Lease, whileHeld } from './leases.ts';

/** Keeps what `svn:externals` brought into a run's tree, so that its repeats get the same. @throws Fault `lease-lost` */
export async function recordExternals(
  db: Db,
  lease: Lease,
  externals: readonly LockedExternal[],
): Promise<void> {
  const rows = await whileHeld(db, lease)
    .updateTable('run')
    .from('held')
    .set({ externals: JSON.stringify(externals) })
    .whereRef('run.id', '=', 'held.held_run_id')
    .returning('run.id')
    .execute();
  assertHeld(lease, rows.length);
}
