import type { Db } from './database.ts';

/** Up to where the history of each repository has been read. */
export async function repositoryHeads(
  db: Db,
): Promise<{ repository: string; rootUrl: string; revision: number }[]> {
  const rows = await db
    .selectFrom('watcher')
    .select(['repository', 'root_url', 'cursor'])
    .where('cursor', 'is not', null)
    .where('root_url', 'is not', null)
    .execute();
  return rows.flatMap(({ repository, root_url, cursor }) =>
    root_url === null || cursor === null ? [] : [{ repository, rootUrl: root_url, revision: cursor }],
  );
}
