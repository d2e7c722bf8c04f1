import { sql } from 'kysely';
import type { FilterVerdict } from '../domain/decision.ts';
import type { Db } from './database.ts';

/**
 * Ends the waiting of the newest change that a branch's move to a revision made.
 * @returns the runs that were made of it already
 */
export async function skipChange(
  db: Db,
  skip: { repository: string; branch: string; revision: string; why: FilterVerdict },
): Promise<string[]> {
  const { rows } = await sql<{ run_id: string }>`
    with newest as (
      select change.id from change
      join watcher on watcher.repository = change.repository and watcher.generation = change.generation
      where change.repository = ${skip.repository} and change.branch = ${skip.branch}
        and change.revision = ${skip.revision} and change.request is null and change.gitlab is null
      order by change.move desc limit 1
    ), ended as (
      update decision
      set verdict = 'skip', wait_until = null, filters = filters || ${JSON.stringify([skip.why])}::jsonb
      from newest where decision.change_id = newest.id and decision.verdict = 'wait'
    )
    select decision.run_id from decision join newest on newest.id = decision.change_id
    where decision.verdict = 'run' and decision.run_id is not null`.execute(db);
  return rows.map(({ run_id }) => run_id);
}
