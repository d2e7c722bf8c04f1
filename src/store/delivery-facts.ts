import { sql } from 'kysely';
import { deployedSpan } from '../domain/deployed-span.ts';
import type { DeliveryFact } from '../domain/dora.ts';
import { changesBetween, type MoveSpan } from './changes-between.ts';
import type { Db } from './database.ts';
import { previousDeployments } from './list-deployments.ts';

/** More are not looked through; the newest count. */
const mostDeployments = 2_000;
const mostChanges = 100;

/**
 * What was rolled out to an environment since a moment, in the order of the ends: what a cluster has judged. Superseded and
 * refused deployments are none, nor is one that failed before anything of it ran, and what corrects drift changes nothing.
 */
export async function deliveryFacts(
  db: Db,
  { environment, since }: { environment: string; since: Date },
): Promise<DeliveryFact[]> {
  const rows = await judgedRows(db, { environment, since });
  const leads = await leadTimes(db, rows);
  const byDeploy = Map.groupBy(rows, ({ deploy_id }) => deploy_id);
  return [...byDeploy.values()].map((own) => {
    const [first] = own as [JudgedRow];
    return {
      targets: own.map(({ target }) => target),
      outcome: own.every(({ outcome }) => outcome === 'succeeded') ? 'succeeded' : 'failed',
      kind: first.is_way_back ? 'way-back' : first.is_hotfix ? 'hotfix' : 'change',
      startedAt: first.started_at,
      endedAt: first.ended_at,
      leadTimesMs: first.is_way_back ? [] : (leads.get(first.deploy_id) ?? []),
    };
  });
}

type JudgedRow = Awaited<ReturnType<typeof judgedRows>>[number];

async function judgedRows(db: Db, { environment, since }: { environment: string; since: Date }) {
  const rows = await db
    .selectFrom('deployment')
    .innerJoin('run', 'run.id', 'deployment.run_id')
    .select(['deployment.id', 'deployment.deploy_id', 'deployment.target', 'deployment.outcome'])
    .select(['deployment.repository', 'deployment.branch', 'deployment.move', 'deployment.started_at'])
    .select(['run.generation', sql<Date>`deployment.ended_at`.as('ended_at')])
    .select(sql<string>`coalesce(run.definition -> 'source' ->> 'path', '')`.as('source_path'))
    .select(
      sql<boolean>`run.trigger = 'rollback' or exists (
        select from jsonb_array_elements(run.definition -> 'steps') as step (facts)
        where facts ->> 'id' = deployment.step_id and facts ? 'undoes')`.as('is_way_back'),
    )
    .select(
      sql<boolean>`split_part(run.message, ${'\n'}, 1) || ' ' || run.branch ~* 'hot-?fix'`.as('is_hotfix'),
    )
    .where('deployment.environment', '=', environment)
    .where('deployment.started_at', '>', since)
    .where('deployment.state', '=', 'ended')
    .where('run.trigger', '<>', 'correction')
    .where(
      sql<boolean>`(deployment.outcome = 'succeeded'
        or (deployment.outcome in ('failed', 'timed-out') and deployment.evidence is not null))`,
    )
    .orderBy('deployment.started_at', 'desc')
    .orderBy('deployment.id')
    .limit(mostDeployments)
    .execute();
  return rows.toSorted((left, right) => left.ended_at.getTime() - right.ended_at.getTime());
}

/** By deploy id; commits of which the time is known. */
async function leadTimes(db: Db, rows: readonly JudgedRow[]): Promise<Map<string, number[]>> {
  const healthy = rows.filter(({ outcome, is_way_back }) => outcome === 'succeeded' && !is_way_back);
  // The workloads of one deployment have come with the same commits.
  const first = [...new Map(healthy.toReversed().map((row) => [row.deploy_id, row])).values()];
  const previous = await previousDeployments(
    db,
    first.map(({ id }) => id),
  );
  const pairs = first.flatMap((now) => {
    const before = previous.get(now.id);
    if (before === undefined) return [];
    const { direction, after, upTo } = deployedSpan(before, now);
    const { repository, generation, branch, source_path: path } = now;
    const span: MoveSpan = { repository, generation, branch, after, upTo, path };
    return direction === 'forward' ? [{ now, span }] : [];
  });
  const found = await changesBetween(
    db,
    pairs.map(({ span }) => span),
    mostChanges,
  );
  return new Map(
    pairs.map(({ now }, index) => [
      now.deploy_id,
      (found[index]?.rows ?? []).flatMap(({ committed_at }) =>
        committed_at === null ? [] : [Math.max(0, now.ended_at.getTime() - committed_at.getTime())],
      ),
    ]),
  );
}
