import type { LockedExternal } from '../domain/external.ts';
import type { Db } from './database.ts';
import { keepExternalUse, type TreeParts } from './external-uses.ts';
import { lookSoon } from './late-externals.ts';
import { assertHeld, type Lease, whileHeld } from './leases.ts';
import type { RunRow } from './runs.ts';

/**
 * Keeps what `svn:externals` brought into a run's tree: its repeats get the same, and commits there make new runs.
 * @throws Fault `lease-lost`
 */
export async function recordExternals(
  db: Db,
  { lease, run }: { lease: Lease; run: RunRow },
  tree: TreeParts & { externals: readonly LockedExternal[] },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const rows = await whileHeld(tx, lease)
      .updateTable('run')
      .from('held')
      .set({ externals: JSON.stringify(tree.externals) })
      .whereRef('run.id', '=', 'held.held_run_id')
      .returning('run.id')
      .execute();
    assertHeld(lease, rows.length);
    await keepExternalUse(tx, run, tree);
  });
  await lookSoon(db, run);
}
