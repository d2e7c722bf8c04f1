import { type RawBuilder, sql } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { EarlierSet } from '../domain/prune.ts';
import type { Db } from './database.ts';
import { type Lease, whileHeld } from './leases.ts';

/** The deployments of one deploy step of one pipeline to one environment. */
export interface DeployPlace {
  pipeline: string;
  environment: string;
  stepId: string;
  /** The deploy id of the deployment that asks. */
  except: string;
}

/** More deployments are not looked through. */
const mostSets = 200;

/**
 * What earlier deployments of a step have applied, newest first: of its own, and of rollbacks to one of its workloads.
 */
export async function earlierSetsOf(db: Db, place: DeployPlace): Promise<EarlierSet[]> {
  const rows = await earlierRows(db, place)
    .select(['deployment.deploy_id', 'deployment.outcome', 'deployment.applied_objects'])
    .where('deployment.applied_objects', 'is not', null)
    .orderBy('deployment.started_at', 'desc')
    .orderBy('deployment.id', 'desc')
    .limit(mostSets)
    .execute();
  // A deployment has a row for each of its workloads, with the same set.
  const sets = new Map(
    rows.map(({ deploy_id, outcome, applied_objects }) => [
      deploy_id,
      { deployId: deploy_id, isHealthy: outcome === 'succeeded', objects: applied_objects ?? [] },
    ]),
  );
  return [...sets.values()];
}

function earlierRows(db: Db, { pipeline, environment, stepId, except }: DeployPlace) {
  return db
    .selectFrom('deployment')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .where('run.pipeline', '=', pipeline)
    .where('deployment.environment', '=', environment)
    .where('deployment.deploy_id', '!=', except)
    .where((where) =>
      where.or([
        where('deployment.step_id', '=', stepId),
        where.and([
          where('run.trigger', 'in', ['rollback', 'correction']),
          where(
            'deployment.target',
            'in',
            db
              .selectFrom('deployment as own')
              .innerJoin('run as own_run', 'own_run.id', 'own.run_id')
              .select('own.target')
              .where('own.environment', '=', environment)
              .where('own.step_id', '=', stepId)
              .where('own_run.pipeline', '=', pipeline),
          ),
        ]),
      ]),
    );
}

/** The sets of the newest deployments of a step that became healthy: those that somebody may want back. */
export async function healthySetsOf(db: Db, place: DeployPlace, atMost: number): Promise<JsonObject[][]> {
  const rows = await earlierRows(db, place)
    .select(['deployment.deploy_id', 'deployment.manifests'])
    .distinctOn(['deployment.started_at', 'deployment.deploy_id'])
    .where('deployment.outcome', '=', 'succeeded')
    .orderBy('deployment.started_at', 'desc')
    .orderBy('deployment.deploy_id')
    .limit(atMost)
    .execute();
  return rows.map(({ manifests }) => manifests);
}

/** What steps of a run have deployed and is healthy. */
export async function deploymentsOfRun(
  db: Db,
  { runId, stepIds }: { runId: string; stepIds: string[] },
): Promise<{ stepId: string; deployId: string; manifests: JsonObject[] }[]> {
  const rows = await db
    .selectFrom('deployment')
    .select(['step_id', 'deploy_id', 'manifests'])
    .distinctOn('deploy_id')
    .where('run_id', '=', runId)
    .where('step_id', 'in', stepIds)
    .where('outcome', '=', 'succeeded')
    .orderBy('deploy_id')
    .execute();
  return rows.map(({ step_id, deploy_id, manifests }) => ({
    ...{ stepId: step_id, deployId: deploy_id, manifests },
  }));
}

/** Objects that are gone, or said to be left: nobody looks for them again. */
export async function forgetObjects(
  db: Db,
  lease: Lease,
  { place, uids }: { place: DeployPlace; uids: string[] },
): Promise<void> {
  const rows = await earlierRows(db, place)
    .select('deployment.id')
    .where('deployment.applied_objects', 'is not', null)
    .execute();
  if (rows.length === 0 || uids.length === 0) return;
  await keepOnly(db, lease, {
    ids: rows.map(({ id }) => id),
    which: sql<boolean>`not (object ->> 'uid' = any(${uids}))`,
  });
}

/** Once the leftovers of earlier deployments are gone, or said to be left, nobody looks for them again. */
export async function forgetLeftovers(db: Db, lease: Lease, place: DeployPlace): Promise<void> {
  const rows = await earlierRows(db, place)
    .select('deployment.id')
    .where('deployment.applied_objects', 'is not', null)
    .execute();
  if (rows.length === 0) return;
  // What is named by its content is pruned later, by itself.
  await keepOnly(db, lease, { ids: rows.map(({ id }) => id), which: sql<boolean>`object ? 'contentOf'` });
}

async function keepOnly(
  db: Db,
  lease: Lease,
  { ids, which }: { ids: string[]; which: RawBuilder<boolean> },
): Promise<void> {
  await whileHeld(db, lease)
    .updateTable('deployment')
    .from('held')
    .set({
      applied_objects: sql<string | null>`(
        select jsonb_agg(object) from jsonb_array_elements(deployment.applied_objects) as object where ${which}
      )`,
    })
    .where('deployment.id', 'in', ids)
    .execute();
}
