import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { Db } from './database.ts';
import type { DeploymentTable } from './deployment-table.ts';
import { placesOf } from './places.ts';
import type { RunTable } from './schema.ts';

/** A deployment of one workload with what a rollback to it has to know of its run. */
export type WorkloadDeployment = Pick<
  Selectable<DeploymentTable>,
  'deploy_id' | 'run_id' | 'step_id' | 'target' | 'outcome' | 'revision'
> &
  Pick<Selectable<RunTable>, 'pipeline' | 'number'> & {
    isActive: boolean;
    /** Whether its set is on record. */
    isKept: boolean;
  };

/** More are not looked through for what runs now and what ran before. */
const mostLookedAt = 500;

/** What was deployed to a workload (`deployment/cart`) of an environment, newest first. */
export async function deploymentsOfWorkload(
  db: Db,
  { environment, workload }: { environment: string; workload: string },
): Promise<WorkloadDeployment[]> {
  const targets = (await targetsOf(db, environment)).filter((target) => workloadOf(target) === workload);
  const newest = sql<{ id: string }>`(
    select newest.id from unnest(${targets}::text[]) as place (target) cross join lateral (
      select id from deployment
      where deployment.environment = ${environment} and deployment.target = place.target
      order by started_at desc, id desc limit ${mostLookedAt}) as newest)`.as<'newest'>(sql`newest(id)`);
  return db
    .selectFrom('deployment')
    .innerJoin(newest, 'newest.id', 'deployment.id')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .leftJoin('step', (join) =>
      join
        .onRef('step.run_id', '=', 'deployment.run_id')
        .onRef('step.id', '=', 'deployment.step_id')
        .on('step.state', '<>', 'ended'),
    )
    .select([
      'deployment.deploy_id',
      'deployment.run_id',
      'deployment.step_id',
      'deployment.target',
      'deployment.outcome',
      'deployment.revision',
      'run.pipeline',
      'run.number',
      // One whose step has ended holds nothing up.
      sql<boolean>`deployment.state = 'active' and step.id is not null`.as('isActive'),
      sql<boolean>`jsonb_array_length(deployment.manifests) > 0`.as('isKept'),
    ])
    .orderBy('deployment.started_at', 'desc')
    .orderBy('deployment.id', 'desc')
    .limit(mostLookedAt)
    .execute();
}

/** The workloads of an environment that something was ever deployed to: `deployment/cart`. */
export async function deployedWorkloads(db: Db, environment: string): Promise<string[]> {
  return [...new Set((await targetsOf(db, environment)).map(workloadOf))];
}

/** In their order. */
async function targetsOf(db: Db, environment: string): Promise<string[]> {
  const { rows } = await placesOf([environment]).execute(db);
  return rows.map(({ target }) => target).toSorted();
}

/** `deployment/cart`: a target's first parts say which cluster. */
export function workloadOf(target: string): string {
  return target.split('/').slice(-2).join('/');
}

/** Undefined where it is no longer on record. */
export async function runOfDeployment(db: Db, deployId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('deployment')
    .select('run_id')
    .where('deploy_id', '=', deployId)
    .executeTakeFirst();
  return row?.run_id;
}

/** The set that a deployment has applied; empty where it is no longer on record. */
export async function storedSetOf(db: Db, deployId: string): Promise<JsonObject[]> {
  const row = await db
    .selectFrom('deployment')
    .select('manifests')
    .where('deploy_id', '=', deployId)
    .executeTakeFirst();
  return row?.manifests ?? [];
}
