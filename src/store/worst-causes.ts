import { sql } from 'kysely';
import type { Json } from '../domain/json.ts';
import type { Db } from './database.ts';

/**
 * What a run's first rollout that did not become healthy has failed of, the worst, as its evidence: by run. Without logs and events,
 * which are long and of which a list shows nothing.
 */
export async function worstCauses(db: Db, runIds: readonly string[]): Promise<Map<string, Json>> {
  if (runIds.length === 0) return new Map();
  const { rows } = await sql<{ run_id: string; cause: Json }>`
    select distinct on (deployment.run_id) deployment.run_id,
      (worst.cause - 'evidence') || jsonb_build_object('evidence', jsonb_build_object('pods', (
        select coalesce(jsonb_agg(pod - 'logs' - 'events'), '[]')
        from jsonb_path_query(worst.cause, '$.evidence.pods[*] ? (@.type() == "object")') as pod))) as cause
    from deployment cross join lateral (select evidence #> '{causes,0}' as cause) as worst
    where deployment.run_id = any (${[...runIds]}) and deployment.outcome <> 'succeeded'
      and jsonb_typeof(worst.cause) = 'object'
    order by deployment.run_id, deployment.started_at, deployment.id`.execute(db);
  return new Map(rows.map(({ run_id, cause }) => [run_id, cause]));
}
