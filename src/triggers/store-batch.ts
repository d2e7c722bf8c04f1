import { Fault } from '../domain/fault.ts';
import { isUnstorable } from '../store/sql-state.ts';
import type { DecidedChange } from './decide-revision.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import {
  type RevisionAlarm,
  type RevisionBatch,
  type StoredBatch,
  storeRevisions,
  whyUnstorable,
} from './store-revisions.ts';
import type { Watch } from './watch.ts';

/**
 * Stores what was read of a repository and puts the runs that come of it into the queue.
 * @throws Fault when another server was first: nothing is stored then
 */
export async function storeBatch(watch: Watch, batch: RevisionBatch): Promise<void> {
  const { logger } = watch;
  const stored = await storeAllBut(watch, batch);
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

/** What no database can hold is told of, and holds up nothing of what came with it or after it. */
async function storeAllBut(watch: Watch, batch: RevisionBatch): Promise<StoredBatch | undefined> {
  const { db, createRun, logger } = watch;
  try {
    return await storeRevisions(db, batch, createRun);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    const changes: DecidedChange[] = [];
    const alarms = [...batch.alarms];
    for (const decided of batch.changes) {
      const why = await whyUnstorable(db, decided, createRun);
      if (why === null) changes.push(decided);
      else alarms.push(unstorableAlarm(decided, why));
    }
    if (changes.length === batch.changes.length) throw error;
    logger.error({ err: error, repository: batch.repository }, 'Changes that cannot be stored are left out');
    return storeRevisions(db, { ...batch, changes, alarms }, createRun);
  }
}

function unstorableAlarm({ change: { revision, branch } }: DecidedChange, why: string): RevisionAlarm {
  const name = branch.length > 100 ? `${branch.slice(0, 99)}…` : branch;
  return { revision, why: `could not be stored for ${name}, so that nothing runs for it there: ${why}` };
}

function overtaken({ repository, from }: RevisionBatch): Fault {
  const message = `Storing what follows position ${from} of ${repository} failed: another server was first`;
  return new Fault('internal', message, {
    hint: 'Nothing is lost or doubled; the next poll goes on where the other server stopped.',
  });
}
