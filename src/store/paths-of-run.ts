import type { ChangedPath } from '../domain/change.ts';
import type { Db } from './database.ts';

/** What the changes have touched that a run stands for; none for one that no change has made. */
export async function pathsOfRun(
  db: Db,
  runId: string,
): Promise<{ paths: ChangedPath[]; isComplete: boolean }[]> {
  const rows = await db
    .selectFrom('decision')
    .innerJoin('change', 'change.id', 'decision.change_id')
    .select(['change.paths', 'change.path_count', 'change.request'])
    .where((where) =>
      where.or([where('decision.run_id', '=', runId), where('decision.collapsed_into', '=', runId)]),
    )
    .execute();
  // Of a merge request nobody knows what it has changed.
  return rows
    .filter(({ request }) => request === null)
    .map(({ paths, path_count }) => ({ paths, isComplete: path_count <= paths.length }));
}
