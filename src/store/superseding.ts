import { sql } from 'kysely';
import type { Db } from './database.ts';
import { type Lease, lockLeaseOf } from './leases.ts';
import { beginStep, type RunRow } from './runs.ts';
import { wakeRun } from './waiting-runs.ts';

/** A run that makes older ones of its concurrency group end. */
export interface NewerRun extends MovePlace {
  group: string;
  number: number;
  /** How many runs of the group may work at once. */
  limit: number;
}

/** Where a run stands among the moves of branches. */
export type MovePlace = Pick<RunRow, 'repository' | 'generation' | 'branch' | 'move'>;

/**
 * Whether a run is of an earlier move of the same branch. Made later, it repeats what is older, and takes the place of
 * nothing newer.
 */
export function isOfEarlierMove(run: MovePlace, other: MovePlace): boolean {
  const isComparable =
    run.repository === other.repository && run.generation === other.generation && run.branch === other.branch;
  return isComparable && run.move < other.move;
}

/**
 * Asks older runs of the group to end for the sake of a newer one: the oldest that work, as many as it takes to make
 * room, and all that wait for something. One that has begun to deploy, or a job, is past the point of no return, and goes on.
 * Within the transaction that stores the newer run.
 */
export async function supersedeOlder(tx: Db, newer: NewerRun): Promise<void> {
  const open = await tx
    .selectFrom('run')
    .select(['id', 'state', 'number', 'cancel_requested_at', 'repository', 'generation', 'branch', 'move'])
    .where('concurrency_group', '=', newer.group)
    .where('number', '<', newer.number)
    .where('state', 'in', ['running', 'waiting'])
    .orderBy('number')
    .forUpdate()
    .execute();
  const goingOn = open.filter(({ cancel_requested_at }) => cancel_requested_at === null);
  const deploying = await runsThatDeploy(
    tx,
    goingOn.map(({ id }) => id),
  );
  const working = goingOn.filter(({ state }) => state === 'running');
  const free = newer.limit - working.length;
  const tooMany = Math.max(0, 1 - free);
  const mayEnd = (run: MovePlace & { id: string }) => !deploying.has(run.id) && !isOfEarlierMove(newer, run);
  const ending = [
    ...working.filter(mayEnd).slice(0, tooMany),
    ...goingOn.filter(({ state }) => state === 'waiting').filter(mayEnd),
  ];
  for (const { id } of ending) await supersede(tx, id, newer.number);
}

async function runsThatDeploy(tx: Db, runIds: string[]): Promise<Set<string>> {
  if (runIds.length === 0) return new Set();
  const rows = await tx
    .selectFrom('step')
    .select('run_id')
    .where('run_id', 'in', runIds)
    .where('kind', 'in', ['deploy', 'job'])
    .where('attempt', '>', 0)
    .execute();
  return new Set(rows.map(({ run_id }) => run_id));
}

async function supersede(tx: Db, runId: string, number: number): Promise<void> {
  const payload = JSON.stringify({ run: runId, what: 'cancel' });
  await tx
    .updateTable('run')
    .set({
      cancel_requested_at: sql<Date>`clock_timestamp()`,
      cancel_requested_by: `#${number}`,
      cancel_rollout: 'roll-back',
      superseded_by: number,
    })
    .where('id', '=', runId)
    .returning(sql<string>`pg_notify('trunkline_run', ${payload})::text`.as('notified'))
    .execute();
  await wakeRun(tx, runId);
}

/**
 * As `beginStep`, for a step that deploys: either a newer run comes first and it does not begin, or it begins and no
 * newer run ends it any more.
 * @returns the attempt, or the number of the newer run
 * @throws Fault `lease-lost`
 */
export async function beginDeployStep(
  db: Db,
  lease: Lease,
  stepId: string,
): Promise<number | { supersededBy: number }> {
  return db.transaction().execute(async (tx) => {
    await lockLeaseOf(tx, lease.runId);
    const run = await tx
      .selectFrom('run')
      .select('superseded_by')
      .where('id', '=', lease.runId)
      .forUpdate()
      .executeTakeFirst();
    const supersededBy = run?.superseded_by ?? null;
    return supersededBy === null ? beginStep(tx, lease, stepId) : { supersededBy };
  });
}
