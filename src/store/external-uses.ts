import type { Selectable } from 'kysely';
import type { LockedExternal } from '../domain/external.ts';
import type { Db } from './database.ts';
import type { ExternalUseTable } from './external-use-table.ts';
import type { RunRow } from './runs.ts';

export interface ExternalUseRow extends Selectable<ExternalUseTable> {
  /** Up to where the history of its repository is read. */
  cursor: number;
}

/** Remembers where the tree of a run comes from, unless a run of a later revision has told it already. */
export async function keepExternalUse(
  db: Db,
  run: Pick<RunRow, 'pipeline' | 'repository' | 'generation' | 'branch' | 'move'>,
  { path, externals }: { path: string; externals: readonly LockedExternal[] },
): Promise<void> {
  const { pipeline, repository, generation, branch, move } = run;
  const value = { generation, move, path, externals: JSON.stringify(externals) };
  if (externals.some(({ isFloating }) => isFloating)) {
    await db
      .insertInto('external_use')
      .values({ pipeline, repository, branch, ...value })
      .onConflict((conflict) =>
        conflict
          .columns(['pipeline', 'repository', 'branch'])
          .doUpdateSet(value)
          .where((where) =>
            where.or([
              where('external_use.generation', '<', generation),
              where('external_use.move', '<=', move),
            ]),
          ),
      )
      .execute();
    return;
  }
  await db
    .deleteFrom('external_use')
    .where('pipeline', '=', pipeline)
    .where('repository', '=', repository)
    .where('branch', '=', branch)
    .where('move', '<=', move)
    .execute();
}

/** All that count: of the repositories as they are now. */
export async function listExternalUses(db: Db): Promise<ExternalUseRow[]> {
  return db
    .selectFrom('external_use')
    .innerJoin('watcher', (join) =>
      join
        .onRef('watcher.repository', '=', 'external_use.repository')
        .onRef('watcher.generation', '=', 'external_use.generation'),
    )
    .selectAll('external_use')
    .select('watcher.cursor')
    .where('watcher.cursor', 'is not', null)
    .$narrowType<{ cursor: number }>()
    .execute();
}

/** Forgets uses whose tree is gone. Within the caller's transaction. */
export async function dropExternalUses(tx: Db, uses: readonly ExternalUseRow[]): Promise<void> {
  for (const { pipeline, repository, branch } of uses) {
    await tx
      .deleteFrom('external_use')
      .where('pipeline', '=', pipeline)
      .where('repository', '=', repository)
      .where('branch', '=', branch)
      .execute();
  }
}
