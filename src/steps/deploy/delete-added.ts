import { Fault } from '../../domain/fault.ts';
import { type Deployment, progressHooks } from './deployment.ts';
import { nameOf, type WayBack } from './way-back.ts';

/**
 * Deletes what a deployment has added that was rolled back, as far as the state before does without it; safe to repeat.
 * That state runs again: what cannot be deleted is said, and makes the rollback no worse.
 */
export async function deleteAdded(
  { cluster, context, journal }: Deployment,
  { objects }: Pick<WayBack, 'objects'>,
): Promise<void> {
  const wanted = new Set(objects.map(nameOf));
  const added = (journal.added ?? []).filter(
    ({ kind, name }) => !wanted.has(nameOf({ kind, metadata: { name } })),
  );
  if (added.length === 0 || cluster.leftovers === null) return;
  const hooks = { confirm: () => context.confirmLease(), ...progressHooks(context) };
  const deployIds = [journal.deployId];
  try {
    await cluster.leftovers.takeBack({ objects: added, deployIds }, hooks, context.handedOver);
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'lease-lost') throw error;
    context.log.line(`what was new with it may be left: ${error.message}`);
  }
}
