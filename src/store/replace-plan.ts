import type { Db } from './database.ts';
import type { NewDeployment } from './deployments.ts';
import { type Lease, whileHeld } from './leases.ts';

/**
 * Records what is really deployed: a plan that was made after a wait for the targets may differ from the one that they
 * were taken with. Ended rows stay as they are.
 */
export async function replacePlan(
  db: Db,
  lease: Lease,
  { deployId, workloads, manifests }: Pick<NewDeployment, 'deployId' | 'workloads' | 'manifests'>,
): Promise<void> {
  for (const { target, images } of workloads) {
    await whileHeld(db, lease)
      .updateTable('deployment')
      .from('held')
      .set({ images: JSON.stringify(images), manifests: JSON.stringify(manifests) })
      .whereRef('deployment.run_id', '=', 'held.held_run_id')
      .where('deployment.deploy_id', '=', deployId)
      .where('deployment.target', '=', target)
      .where('deployment.state', '=', 'active')
      .execute();
  }
}
