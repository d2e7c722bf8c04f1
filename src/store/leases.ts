import { type RawBuilder, type Selectable, sql } from 'kysely';
import { Fault } from '../domain/fault.ts';
import type { Db } from './database.ts';
import type { RunTable } from './schema.ts';

/** Proof of who may write for a run: every write of a worker names `fencing`, which rises at each take-over. */
export interface Lease {
  readonly runId: string;
  readonly owner: string;
  readonly fencing: number;
}

/** What a renewal learns on the way: somebody's wish to cancel the run. */
export interface CancelRequest {
  by: string;
  rollout: 'leave' | 'roll-back';
  /** Number of the newer run of its group that asks for it; null: a person does. */
  supersededBy: number | null;
}

/**
 * Takes a run's lease when it is free or has expired, by the database's clock.
 * @returns the lease with a fencing number higher than any before, or null while somebody else holds it
 */
export async function acquireLease(
  db: Db,
  request: { runId: string; owner: string; ttlMs: number },
): Promise<Lease | null> {
  const expiresAt = expiryIn(request.ttlMs);
  const row = await db
    .insertInto('lease')
    .values({ run_id: request.runId, owner: request.owner, fencing: 1, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict
        .column('run_id')
        .doUpdateSet({ owner: request.owner, fencing: sql<number>`lease.fencing + 1`, expires_at: expiresAt })
        .where('lease.expires_at', '<=', sql<Date>`clock_timestamp()`),
    )
    .returning('fencing')
    .executeTakeFirst();
  return row === undefined ? null : { runId: request.runId, owner: request.owner, fencing: row.fencing };
}

/**
 * To be called before the row of the run is locked: its worker locks them in this order, whenever it writes, and would
 * else wait for whoever waits for it.
 */
export async function lockLeaseOf(tx: Db, runId: string): Promise<void> {
  await tx.selectFrom('lease').select('run_id').where('run_id', '=', runId).forUpdate().execute();
}

/**
 * Prolongs a lease that is still ours, even when it has expired meanwhile: nobody has taken it over.
 * @throws Fault `lease-lost`
 */
export async function renewLease(db: Db, lease: Lease, ttlMs: number): Promise<CancelRequest | null> {
  const row = await db
    .updateTable('lease')
    .from('run')
    .set({ expires_at: expiryIn(ttlMs) })
    .where('lease.run_id', '=', lease.runId)
    .where('lease.fencing', '=', lease.fencing)
    .whereRef('run.id', '=', 'lease.run_id')
    .returning([
      'run.cancel_requested_at',
      'run.cancel_requested_by',
      'run.cancel_rollout',
      'run.superseded_by',
    ])
    .executeTakeFirst();
  if (row === undefined) throw leaseLost(lease);
  return cancelRequestOf(row);
}

/** Somebody's wish to cancel a run, from the run's row. */
export function cancelRequestOf(
  run: Pick<
    Selectable<RunTable>,
    'cancel_requested_at' | 'cancel_requested_by' | 'cancel_rollout' | 'superseded_by'
  >,
): CancelRequest | null {
  if (run.cancel_requested_at === null) return null;
  return {
    by: run.cancel_requested_by ?? 'unknown',
    rollout: run.cancel_rollout ?? 'roll-back',
    supersededBy: run.superseded_by,
  };
}

/** A look right before an outside effect. @throws Fault `lease-lost` */
export async function confirmLease(db: Db, lease: Lease): Promise<void> {
  const row = await db
    .selectFrom('lease')
    .select('fencing')
    .where('run_id', '=', lease.runId)
    .where('fencing', '=', lease.fencing)
    .executeTakeFirst();
  assertHeld(lease, row === undefined ? 0 : 1);
}

/**
 * Whether a run of this database is in nobody's hands now. False for a run that this database does not know: it is
 * another installation's.
 */
export async function isLeftBehind(db: Db, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('run')
    .leftJoin('lease', (join) =>
      join.onRef('lease.run_id', '=', 'run.id').on('lease.expires_at', '>', sql<Date>`clock_timestamp()`),
    )
    .select('lease.owner')
    .where('run.id', '=', runId)
    .executeTakeFirst();
  return row !== undefined && row.owner === null;
}

/** Gives a lease back so that the next worker need not wait for its end; its fencing number stays used. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await db
    .updateTable('lease')
    .set({ expires_at: sql<Date>`clock_timestamp()` })
    .where('run_id', '=', lease.runId)
    .where('fencing', '=', lease.fencing)
    .execute();
}

/**
 * Frees what earlier processes of this worker left behind. Only for an owner whose earlier process is known to be
 * dead: the caller holds the lock of the worker's data folder.
 */
export async function releaseLeasesOfWorker(db: Db, workerId: string): Promise<number> {
  const result = await db
    .updateTable('lease')
    .set({ expires_at: sql<Date>`clock_timestamp()` })
    .where('owner', 'like', `${workerId}/%`)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/**
 * Starts a statement that writes only while the lease is held: `held` has one row then, none after a take-over. The
 * row is locked for the statement's time, so a take-over falls either before it or after it.
 */
export function whileHeld(db: Db, lease: Lease) {
  return db.with('held', (query) =>
    query
      .selectFrom('lease')
      .select('lease.run_id as held_run_id')
      .where('lease.run_id', '=', lease.runId)
      .where('lease.fencing', '=', lease.fencing)
      .forShare(),
  );
}

/** @throws Fault `lease-lost` when a conditional write found no held lease */
export function assertHeld(lease: Lease, rows: bigint | number): void {
  if (Number(rows) === 0) throw leaseLost(lease);
}

function leaseLost(lease: Lease): Fault {
  return new Fault('lease-lost', `run ${lease.runId} was taken over by another worker`, {
    isRetryable: false,
  });
}

function expiryIn(ttlMs: number): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + ${ttlMs} * interval '1 millisecond'`;
}
