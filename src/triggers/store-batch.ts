import { Fault } from '../domain/fault.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import { type RevisionBatch, storeRevisions } from './store-revisions.ts';
import type { Watch } from './watch.ts';

/**
 * Stores what was read of a repository and puts the runs that come of it into the queue.
 * @throws Fault when another server was first: nothing is stored then
 */
export async function storeBatch(watch: Watch, batch: RevisionBatch): Promise<void> {
  const { db, createRun, logger } = watch;
  const stored = await storeRevisions(db, batch, createRun);
  if (stored === undefined) throw overtaken(batch);
  if (stored.unannounced.length > 0) {
    const { unannounced } = stored;
    logger.info(
      { repository: batch.repository, revisions: unannounced.length },
      'Revisions found by polling',
    );
  }
  await Promise.all(stored.runIds.map((runId) => deliverStoredRun(watch, runId)));
}

function overtaken({ repository, from }: RevisionBatch): Fault {
  const message = `Storing what follows position ${from} of ${repository} failed: another server was first`;
  return new Fault('internal', message, {
    hint: 'Nothing is lost or doubled; the next poll goes on where the other server stopped.',
  });
}
