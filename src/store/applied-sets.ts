import type { JsonObject } from '../domain/json.ts';
import type { Db } from './database.ts';

/** What a deployment that became healthy has applied. */
export interface AppliedSetRow {
  deployId: string;
  /** Of its workloads, those of which it is the last healthy deployment. */
  targets: string[];
  objects: JsonObject[];
}

/** Where to look: at targets, at a whole environment, or at what one deploy step of a pipeline has deployed. */
export type AppliedWhere =
  | { targets: readonly string[] }
  | { environment: string }
  | { environment: string; pipeline: string; stepId: string };

/** The set of the last healthy deployment of each target, newest first; not of targets that are being deployed to. */
export async function lastAppliedSets(db: Db, where: AppliedWhere): Promise<AppliedSetRow[]> {
  const targets = 'targets' in where ? where.targets : await targetsIn(db, where);
  if (targets.length === 0) return [];
  const rows = await db
    .selectFrom('deployment')
    .distinctOn('target')
    .select(['target', 'deploy_id', 'manifests', 'ended_at'])
    .where('target', 'in', [...targets])
    .where('outcome', '=', 'succeeded')
    .orderBy('target')
    .orderBy('ended_at', 'desc')
    .execute();
  const sets = new Map<string, AppliedSetRow>();
  for (const row of rows.toSorted((a, b) => Number(b.ended_at) - Number(a.ended_at))) {
    const known = sets.get(row.deploy_id) ?? { deployId: row.deploy_id, targets: [], objects: row.manifests };
    sets.set(row.deploy_id, { ...known, targets: [...known.targets, row.target] });
  }
  return [...sets.values()].filter(({ objects }) => objects.length > 0);
}

async function targetsIn(db: Db, where: Exclude<AppliedWhere, { targets: unknown }>): Promise<string[]> {
  let query = db
    .selectFrom('deployment')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .select('deployment.target')
    .distinct()
    .where('deployment.environment', '=', where.environment)
    .where('deployment.target', 'not in', (of) =>
      of.selectFrom('deployment as active').select('active.target').where('active.state', '=', 'active'),
    );
  if ('stepId' in where)
    query = query.where('deployment.step_id', '=', where.stepId).where('run.pipeline', '=', where.pipeline);
  return (await query.execute()).map(({ target }) => target);
}
