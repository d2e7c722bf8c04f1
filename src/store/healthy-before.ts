import type { Db } from './database.ts';

export interface HealthyBefore {
  /** What the step has deployed. */
  own: { deployId: string };
  /** What ran before on its workloads, newest first; one set may have deployed to all of them. */
  before: { deployId: string; revision: string; pipeline: string; number: number; endedAt: Date }[];
}

/** Undefined: the step of the run has deployed nothing that became healthy. */
export async function healthyBefore(
  db: Db,
  { runId, stepId }: { runId: string; stepId: string },
): Promise<HealthyBefore | undefined> {
  const own = await db
    .selectFrom('deployment')
    .select(['deploy_id', 'target', 'started_at'])
    .where('run_id', '=', runId)
    .where('step_id', '=', stepId)
    .where('outcome', '=', 'succeeded')
    .execute();
  const [first] = own;
  if (first === undefined) return undefined;
  const rows = await db
    .selectFrom('deployment')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .distinctOn('deployment.target')
    .select(['deployment.deploy_id', 'deployment.revision', 'deployment.ended_at'])
    .select(['run.pipeline', 'run.number'])
    .where(
      'deployment.target',
      'in',
      own.map(({ target }) => target),
    )
    .where('deployment.outcome', '=', 'succeeded')
    .where('deployment.run_id', '!=', runId)
    .where('deployment.started_at', '<', first.started_at)
    .orderBy('deployment.target')
    .orderBy('deployment.started_at', 'desc')
    .execute();
  const sets = new Map(
    rows.map(({ deploy_id, revision, pipeline, number, ended_at }) => [
      deploy_id,
      { deployId: deploy_id, revision, pipeline, number, endedAt: ended_at ?? first.started_at },
    ]),
  );
  return { own: { deployId: first.deploy_id }, before: [...sets.values()] };
}
