import { sql } from 'kysely';
import type { Db } from './database.ts';

/**
 * The targets of a deployment, all of which it was the last to deploy to; or why its set is not to be applied once
 * more: it would take back what came later.
 *
 * @param of `except`: the deployment that asks
 */
export async function isWholeAndLast(
  db: Db,
  { environment, deployId, except = '' }: { environment: string; deployId: string; except?: string },
): Promise<{ targets: string[] } | { problem: string }> {
  const rows = await db
    .selectFrom('deployment')
    .select([
      'target',
      sql<boolean>`exists (select from restored where at > started_at)`.as('isBeforeRestore'),
    ])
    .where('environment', '=', environment)
    .where('deploy_id', '=', deployId)
    .orderBy('target')
    .execute();
  const targets = rows.map(({ target }) => target);
  if (targets.length === 0) return { problem: 'it is no longer on record: deploy it anew' };
  if (rows.some(({ isBeforeRestore }) => isBeforeRestore))
    return {
      problem:
        'the server was restored from a backup since, and what was deployed meanwhile is not known: deploy it anew',
    };
  const newer = await db
    .selectFrom('deployment')
    .innerJoin('deployment as own', 'own.target', 'deployment.target')
    .select(['deployment.target', 'deployment.state'])
    .where('own.deploy_id', '=', deployId)
    .where('deployment.deploy_id', 'not in', [deployId, except])
    .whereRef('deployment.started_at', '>', 'own.started_at')
    .where((where) =>
      where.or([where('deployment.outcome', '=', 'succeeded'), where('deployment.state', '=', 'active')]),
    )
    .limit(1)
    .executeTakeFirst();
  if (newer === undefined) return { targets };
  const workload = newer.target.split('/').slice(-2).join('/');
  const what = newer.state === 'active' ? 'is being deployed' : 'was deployed';
  return { problem: `${workload}, which belongs to it, ${what} by another run since: deploy all of it anew` };
}

/** How often the same workloads of an environment were corrected, also in vain. */
export async function correctionsSince(
  db: Db,
  { environment, workloads, since }: { environment: string; workloads: string; since: Date },
): Promise<number> {
  const { count } = await db
    .selectFrom('run')
    .select((of) => of.fn.countAll<string>().as('count'))
    .where('trigger', '=', 'correction')
    .where('created_at', '>', since)
    .where((where) => where(where.ref('parameters', '->>').key('environment'), '=', environment))
    .where((where) => where(where.ref('parameters', '->>').key('workloads'), '=', workloads))
    .executeTakeFirstOrThrow();
  return Number(count);
}
