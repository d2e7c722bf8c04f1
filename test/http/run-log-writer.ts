import type { Db } from '../../src/store/database.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { insertLogChunks } from '../../src/store/log-chunks.ts';
import { dayOf } from '../../src/store/log-partitions.ts';
import { stateChanged } from '../../src/store/runs.ts';

/** Takes a run's lease and stores pieces of its log, as a worker does. */
export async function openRunLog(db: Db, runId: string) {
  const lease = await acquireLease(db, { runId, owner: 'test', ttlMs: 60_000 });
  if (lease === null) throw new Error(`somebody else works on run ${runId}`);
  const { created_at } = await db
    .selectFrom('run')
    .select('created_at')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  let seq = 0;
  return {
    async write(text: string, stepId = 'image'): Promise<void> {
      seq += 1;
      const chunks = [{ seq, stepId, at: new Date(), text }];
      await insertLogChunks(db, lease, { day: dayOf(created_at), chunks });
    },
  };
}

/** Ends a run and its last step, and tells those who follow it. */
export async function endRun(
  db: Db,
  outcome: 'succeeded' | 'failed' | 'errored',
  reason: string,
): Promise<void> {
  const end = { state: 'ended', outcome, reason, ended_at: new Date() } as const;
  await db.updateTable('step').set(end).where('id', '=', 'staging').execute();
  const runs = await db.updateTable('run').set(end).returning(['id']).execute();
  for (const { id } of runs) await db.selectNoFrom(stateChanged(id)).execute();
}
