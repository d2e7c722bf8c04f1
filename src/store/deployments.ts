import { randomUUID } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { RolloutOutcome } from '../domain/outcome.ts';
import type { AppliedObject } from '../domain/prune.ts';
import type { Db } from './database.ts';
import type { DeploymentTable } from './deployment-table.ts';
import { assertHeld, confirmLease, type Lease, whileHeld } from './leases.ts';
import { stateChanged } from './runs.ts';

export type DeploymentRow = Selectable<DeploymentTable>;

/** One deploy of one step: a row for each workload in it, all with the same deploy id. */
export interface NewDeployment {
  deployId: string;
  stepId: string;
  environment: string;
  repository: string;
  branch: string;
  move: number;
  revision: string;
  workloads: { target: string; images: Record<string, string> }[];
  manifests: JsonObject[];
}

/** Who deploys to a target at the moment. */
export interface Blocker {
  target: string;
  pipeline: string;
  number: number;
}

/**
 * Takes all targets of a deployment, or none: at most one deployment at a time is active on a target. Targets that an
 * earlier execution of the same deployment has taken count as taken. A deployment whose step has ended without it
 * holds nothing up: no target ever needs to be freed by hand.
 * @returns null when all are ours, else one that is not
 * @throws Fault `lease-lost`
 */
export async function claimTargets(db: Db, lease: Lease, deployment: NewDeployment): Promise<Blocker | null> {
  const targets = deployment.workloads.map(({ target }) => target).toSorted();
  return db.transaction().execute(async (tx) => {
    const held = await whileHeld(tx, lease).selectFrom('held').select('held_run_id').execute();
    assertHeld(lease, held.length);
    await endAbandoned(tx, targets);
    const blocker = await findBlocker(tx, targets, deployment.deployId);
    if (blocker !== null) return blocker;
    for (const workload of deployment.workloads.toSorted(byTarget)) {
      await insertRow(tx, lease.runId, { deployment, workload });
    }
    // Another claim may have come in between: then its row stands where ours should.
    const lost = await findBlocker(tx, targets, deployment.deployId);
    if (lost === null) return null;
    await tx
      .deleteFrom('deployment')
      .where('deploy_id', '=', deployment.deployId)
      .where('state', '=', 'active')
      .execute();
    return lost;
  });
}

function byTarget(left: { target: string }, right: { target: string }): number {
  return left.target < right.target ? -1 : 1;
}

async function insertRow(
  tx: Db,
  runId: string,
  { deployment, workload }: { deployment: NewDeployment; workload: NewDeployment['workloads'][number] },
): Promise<void> {
  await tx
    .insertInto('deployment')
    .values({
      id: randomUUID(),
      run_id: runId,
      step_id: deployment.stepId,
      environment: deployment.environment,
      target: workload.target,
      deploy_id: deployment.deployId,
      repository: deployment.repository,
      branch: deployment.branch,
      move: deployment.move,
      revision: deployment.revision,
      state: 'active',
      images: JSON.stringify(workload.images),
      manifests: JSON.stringify(deployment.manifests),
    })
    .onConflict((conflict) => conflict.column('target').where('state', '=', 'active').doNothing())
    .returning(stateChanged(runId))
    .execute();
}

async function endAbandoned(tx: Db, targets: string[]): Promise<void> {
  await tx
    .updateTable('deployment')
    .from('step')
    .set({
      state: 'ended',
      outcome: 'errored',
      cause: 'its step ended before the rollout did',
      ended_at: sql<Date>`clock_timestamp()`,
    })
    .whereRef('step.run_id', '=', 'deployment.run_id')
    .whereRef('step.id', '=', 'deployment.step_id')
    .where('step.state', '=', 'ended')
    .where('deployment.state', '=', 'active')
    .where('deployment.target', 'in', targets)
    .execute();
}

async function findBlocker(tx: Db, targets: string[], deployId: string): Promise<Blocker | null> {
  const row = await tx
    .selectFrom('deployment')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .select(['deployment.target', 'run.pipeline', 'run.number'])
    .where('deployment.state', '=', 'active')
    .where('deployment.target', 'in', targets)
    .where('deployment.deploy_id', '!=', deployId)
    .executeTakeFirst();
  return row ?? null;
}

/** A retry is as old as the run that it goes on with, and what another run has started as old as that. */
const ownAge = sql<Date>`coalesce(own.first_made_at, own.created_at)`;
const otherAge = sql<Date>`coalesce(other.first_made_at, other.created_at)`;

/** What nobody has asked for goes back to nothing, however late it comes. */
const isUnasked = sql<boolean>`own.trigger in ('commit', 'gitlab-pipeline')`;

/** Runs that one look at a repository has found are made at the same moment, in their order. */
const madeLater = sql<boolean>`(
  ${otherAge} > ${ownAge}
  or ${otherAge} = ${ownAge} and other.pipeline = own.pipeline and other.number > own.number
)`;

/**
 * What is newer and has become healthy on one of the targets: a later move of the same branch, or of another branch of
 * the same repository a run that was made later. A run that somebody started after that, to go back on purpose, is not
 * overtaken; a retry only finishes what was begun, so it is.
 */
export async function findOvertaking(
  db: Db,
  runId: string,
  targets: string[],
): Promise<{ revision: string; branch: string; pipeline: string; number: number } | undefined> {
  return db
    .selectFrom('deployment')
    .innerJoin('run as own', (join) => join.on('own.id', '=', runId))
    .innerJoin('run as other', 'other.id', 'deployment.run_id')
    .select(['deployment.revision', 'deployment.branch', 'other.pipeline', 'other.number'])
    .where('deployment.target', 'in', targets)
    .where('deployment.outcome', '=', 'succeeded')
    .whereRef('deployment.repository', '=', 'own.repository')
    .where((where) => {
      const isComparable = where.and([
        where('deployment.branch', '=', where.ref('own.branch')),
        where('other.generation', '=', where.ref('own.generation')),
      ]);
      const isLaterMove = where('deployment.move', '>', where.ref('own.move'));
      return where.or([
        where.and([isComparable, isLaterMove]),
        where.and([where.not(isComparable), madeLater]),
      ]);
    })
    .where((where) => where.or([isUnasked, where('deployment.ended_at', '>', ownAge)]))
    .orderBy('deployment.ended_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** What was healthy on a target last, other than the given deployment: the way back. */
export async function lastSucceeded(
  db: Db,
  target: string,
  otherThan: string,
): Promise<DeploymentRow | undefined> {
  return db
    .selectFrom('deployment')
    .selectAll()
    .where('target', '=', target)
    .where('outcome', '=', 'succeeded')
    .where('deploy_id', '!=', otherThan)
    .orderBy('ended_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** When a deployment ended; undefined: it has not, or is no longer on record. */
export async function deploymentEndedAt(db: Db, deployId: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('deployment')
    .select('ended_at')
    .where('deploy_id', '=', deployId)
    .executeTakeFirst();
  return row?.ended_at ?? undefined;
}

/** What a rollout leaves behind; only what is given is written. */
export interface DeploymentChange {
  deployId: string;
  appliedObjects?: AppliedObject[];
  evidence?: JsonObject;
  rollback?: JsonObject;
  end?: { outcome: RolloutOutcome; cause: string | null };
}

/**
 * Writes to the active rows of a deployment; ended rows stay as they are, so it is safe to repeat.
 * @throws Fault `lease-lost`
 */
export async function updateDeployment(db: Db, lease: Lease, change: DeploymentChange): Promise<void> {
  const { deployId, appliedObjects, evidence, rollback, end } = change;
  const rows = await whileHeld(db, lease)
    .updateTable('deployment')
    .from('held')
    .set({
      ...(appliedObjects && { applied_objects: JSON.stringify(appliedObjects) }),
      ...(evidence && { evidence: JSON.stringify(evidence) }),
      ...(rollback && { rollback: JSON.stringify(rollback) }),
      ...(end && { state: 'ended' as const, ...end, ended_at: sql<Date>`clock_timestamp()` }),
    })
    .whereRef('deployment.run_id', '=', 'held.held_run_id')
    .where('deployment.deploy_id', '=', deployId)
    .where('deployment.state', '=', 'active')
    .returning(stateChanged(lease.runId))
    .execute();
  if (rows.length === 0) await confirmLease(db, lease);
}
