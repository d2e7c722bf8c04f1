import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Db } from './database.ts';
import type { DeploymentTable } from './deployment-table.ts';
import { isAfter, type Page, type PageRequest, pageFrom, positionColumn } from './page.ts';
import { placesOf } from './places.ts';
import type { RunTable } from './schema.ts';

const columns = [
  'id',
  'run_id',
  'step_id',
  'environment',
  'target',
  'repository',
  'branch',
  'move',
  'revision',
  'state',
  'outcome',
  'cause',
  'images',
  'evidence',
  'rollback',
  'started_at',
  'ended_at',
] as const;

/** A deployment without its manifests, which may be long, and with what its run tells. */
export type DeploymentSummaryRow = Pick<Selectable<DeploymentTable>, (typeof columns)[number]> &
  Pick<
    Selectable<RunTable>,
    'pipeline' | 'number' | 'trigger' | 'requested_by' | 'author' | 'message' | 'generation'
  > & {
    /** `source.path` of its pipeline, as the file was then. */
    source_path: string;
    /** Its set is on record, it became healthy, and something newer runs. */
    can_roll_back_to: boolean;
  };

/** In the order in which they began. */
export async function deploymentsOfRun(db: Db, runId: string): Promise<DeploymentSummaryRow[]> {
  return summaries(db)
    .where('deployment.run_id', '=', runId)
    .orderBy('deployment.started_at')
    .orderBy('deployment.id')
    .execute();
}

/** Newest first. */
export async function listDeployments(
  db: Db,
  environment: string,
  page: PageRequest,
): Promise<Page<DeploymentSummaryRow>> {
  let query = summaries(db)
    .select(positionColumn('deployment.started_at'))
    .where('deployment.environment', '=', environment);
  if (page.after !== null) {
    query = query.where(isAfter('deployment.started_at', page.after, 'deployment.id'));
  }
  const rows = await query
    .orderBy('deployment.started_at', 'desc')
    .orderBy('deployment.id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageFrom(rows, page.limit);
}

/** What runs: the last deployment of each target that became healthy. */
export async function runningDeployments(
  db: Db,
  environments: readonly string[],
): Promise<DeploymentSummaryRow[]> {
  return lastOfEachTarget(db, environments, sql<boolean>`outcome = 'succeeded'`);
}

/**
 * What ran on the target of each of these deployments before it: the last earlier one that became healthy.
 * @returns by the id of the given one; one before which nothing ran is missing
 */
export async function previousDeployments(
  db: Db,
  deploymentIds: readonly string[],
): Promise<Map<string, DeploymentSummaryRow>> {
  if (deploymentIds.length === 0) return new Map();
  const before = sql<{ id: string; of: string }>`(
    select earlier.id, given.id as of
    from deployment as given cross join lateral (
      select id from deployment
      where deployment.target = given.target and deployment.outcome = 'succeeded'
        and (deployment.started_at, deployment.id) < (given.started_at, given.id)
      order by started_at desc, id desc limit 1) as earlier
    where given.id = any (${[...deploymentIds]}))`.as<'before'>(sql`before(id, of)`);
  const rows = await summaries(db)
    .innerJoin(before, 'before.id', 'deployment.id')
    .select('before.of')
    .execute();
  return new Map(rows.map(({ of, ...row }) => [of, row]));
}

/** The newest deployment of each target, however it went. */
export async function newestDeployments(
  db: Db,
  environments: readonly string[],
): Promise<DeploymentSummaryRow[]> {
  return lastOfEachTarget(db, environments, sql<boolean>`true`);
}

/** By target. Two environments may be one place: the newer one has it then. */
async function lastOfEachTarget(
  db: Db,
  environments: readonly string[],
  isMeant: RawBuilder<boolean>,
): Promise<DeploymentSummaryRow[]> {
  if (environments.length === 0) return [];
  const last = sql<{ id: string }>`(${lastInEachPlace([...environments], isMeant)})`.as<'last'>(
    sql`last(id)`,
  );
  return summaries(db)
    .innerJoin(last, 'last.id', 'deployment.id')
    .distinctOn('deployment.target')
    .orderBy('deployment.target')
    .orderBy('deployment.started_at', 'desc')
    .execute();
}

function lastInEachPlace(environments: string[], isMeant: RawBuilder<boolean>): RawBuilder<{ id: string }> {
  return sql`
    select newest.id from (${placesOf(environments)}) as place cross join lateral (
      select id from deployment
      where deployment.environment = place.environment and deployment.target = place.target and ${isMeant}
      order by started_at desc, id desc limit 1) as newest`;
}

function summaries(db: Db) {
  return db
    .selectFrom('deployment')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .select(columns.map((column) => `deployment.${column}` as const))
    .select(['run.pipeline', 'run.number', 'run.trigger', 'run.requested_by', 'run.author', 'run.message'])
    .select('run.generation')
    .select(sql<string>`run.definition -> 'source' ->> 'path'`.as('source_path'))
    .select(
      sql<boolean>`deployment.outcome is not distinct from 'succeeded'
        and jsonb_array_length(deployment.manifests) > 0
        and exists (
          select from deployment newer
          where newer.target = deployment.target
            and newer.outcome = 'succeeded'
            and (newer.started_at, newer.id) > (deployment.started_at, deployment.id)
        )`.as('can_roll_back_to'),
    );
}
