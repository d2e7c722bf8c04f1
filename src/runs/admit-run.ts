import type { Pipeline } from '../domain/pipeline.ts';
import type { Db } from '../store/database.ts';
import { acquireLease, type Lease } from '../store/leases.ts';
import { beginRun, lockGroupOf, openRunsOfGroup } from '../store/run-queueing.ts';
import { endQueuedRun, type RunRow, readSteps, type StepRow } from '../store/runs.ts';

export type Admission =
  | { kind: 'admitted'; lease: Lease; run: RunRow; pipeline: Pipeline; steps: StepRow[] }
  /** Another run of its concurrency group works; the end of that run delivers this one again. */
  | { kind: 'waiting' }
  | { kind: 'superseded' }
  | { kind: 'ended' }
  /** Another worker holds the lease. */
  | { kind: 'held' };

/** Decides in one transaction whether this worker may execute a run now, and takes its lease if so. */
export async function admitRun(
  db: Db,
  request: { runId: string; owner: string; ttlMs: number },
): Promise<Admission> {
  return db.transaction().execute(async (tx) => {
    await lockGroupOf(tx, request.runId);
    const run = await tx
      .selectFrom('run')
      .selectAll()
      .where('id', '=', request.runId)
      .forUpdate()
      .executeTakeFirst();
    if (run === undefined || run.state === 'ended') return { kind: 'ended' };
    const pipeline = run.definition as unknown as Pipeline;
    if (run.state === 'queued') {
      const place = await takePlaceInGroup(tx, run, pipeline.concurrency.queue);
      if (place !== 'first') return { kind: place };
    }
    const lease = await acquireLease(tx, request);
    if (lease === null) return { kind: 'held' };
    await beginRun(tx, run.id);
    return { kind: 'admitted', lease, run, pipeline, steps: await readSteps(tx, run.id) };
  });
}

/**
 * One run of a group works at a time. `fifo`: the others wait in order. `latest`: the newest waits, and supersedes
 * the older ones that have not begun.
 */
async function takePlaceInGroup(
  tx: Db,
  run: RunRow,
  queue: 'latest' | 'fifo',
): Promise<'first' | 'waiting' | 'superseded'> {
  const others = (await openRunsOfGroup(tx, run.concurrency_group)).filter((other) => other.id !== run.id);
  const queued = others.filter((other) => other.state === 'queued');
  const newer = queued.findLast((other) => other.number > run.number);
  if (queue === 'latest' && newer !== undefined) {
    await endQueuedRun(tx, run.id, { outcome: 'superseded', reason: `superseded by #${newer.number}` });
    return 'superseded';
  }
  if (others.some((other) => other.state === 'running')) return 'waiting';
  if (queue === 'fifo' && queued.some((other) => other.number < run.number)) return 'waiting';
  if (queue === 'latest') {
    for (const older of queued) {
      await endQueuedRun(tx, older.id, { outcome: 'superseded', reason: `superseded by #${run.number}` });
    }
  }
  return 'first';
}
