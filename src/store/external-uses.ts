import { type Selectable, sql } from 'kysely';
import type { LockedExternal } from '../domain/external.ts';
import type { Db } from './database.ts';
import type { ExternalUseTable } from './external-use-table.ts';
import type { RunRow } from './runs.ts';

export interface ExternalUseRow extends Selectable<ExternalUseTable> {
  /** Up to where the history of its repository is read. */
  cursor: number;
}

type Tree = Pick<RunRow, 'pipeline' | 'repository' | 'generation' | 'branch' | 'move'>;

/** What of a branch a tree holds. */
export interface TreeParts {
  path: string;
  /** Absent: all below the path. */
  only?: readonly string[] | undefined;
}

/**
 * Remembers what makes up the tree of a run, unless a run of a later revision has told it already. Revisions that were read
 * before there was anything to remember may have changed it.
 */
export async function keepExternalUse(
  db: Db,
  run: Tree,
  { path, only = [], externals }: TreeParts & { externals: readonly LockedExternal[] },
): Promise<void> {
  const { pipeline, repository, generation, branch, move } = run;
  const value = {
    ...{ generation, move, path, only_parts: [...only], externals: JSON.stringify(externals) },
    unfollowed_since: move,
  };
  const staleSince = sql<number>`(select cursor from watcher where watcher.repository = ${repository})`;
  await db
    .insertInto('external_use')
    .values({ pipeline, repository, branch, ...value, stale_since: staleSince })
    .onConflict((conflict) =>
      conflict
        .columns(['pipeline', 'repository', 'branch'])
        .doUpdateSet({
          ...value,
          // The revisions of another generation count anew.
          stale_since: sql<number | null>`case when external_use.generation = excluded.generation
            then external_use.stale_since else excluded.stale_since end`,
        })
        // Its runs may end after the first ones of the next generation.
        .where(
          sql<boolean>`(external_use.generation, external_use.move) <= (excluded.generation, excluded.move)`,
        ),
    )
    .execute();
}

/** All trees that something is brought into, of the repositories as they are now. */
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
    .where(sql<boolean>`external_use.externals <> '[]'::jsonb`)
    .$narrowType<{ cursor: number }>()
    .execute();
}

/** What was brought into a tree, where no revision up to `move` can have changed that; else undefined. */
export async function knownExternals(
  db: Db,
  { pipeline, repository, generation, branch, move }: Tree,
  { path, only = [] }: TreeParts,
): Promise<LockedExternal[] | undefined> {
  const row = await db
    .selectFrom('external_use')
    .select('externals')
    .where('pipeline', '=', pipeline)
    .where('repository', '=', repository)
    .where('branch', '=', branch)
    .where('generation', '=', generation)
    .where('path', '=', path)
    .where(sql<boolean>`only_parts = ${[...only]}::text[]`)
    .where('move', '<=', move)
    .where((where) =>
      where.or([where('stale_since', 'is', null), where('stale_since', '<=', where.ref('move'))]),
    )
    .executeTakeFirst();
  return row?.externals;
}

/** What a batch of revisions did to trees of its repository. */
export interface TreeEvents {
  repository: string;
  generation: number;
  /** Its branches are no folders: trees lie at their path. */
  hasNoBranches: boolean;
  /** Folders of the repository in which externals may have come, gone or changed; '' for all. */
  suspects: readonly string[];
  deleted: readonly string[];
  /** Trees whose externals have externals that may have changed. */
  stale: readonly ExternalUseRow[];
  /** The last revision of the batch. */
  revision: number;
}

/** Forgets trees that are gone, and marks those of which it is not known any more what makes them up. */
export async function storeTreeEvents(tx: Db, events: TreeEvents): Promise<void> {
  const { repository, generation, hasNoBranches, suspects, deleted, stale, revision } = events;
  const root = hasNoBranches ? sql<string>`path` : sql<string>`concat_ws('/', branch, nullif(path, ''))`;
  if (deleted.length > 0)
    await sql`delete from external_use where repository = ${repository} and generation = ${generation}
      and exists (select from unnest(${[...deleted]}::text[]) gone
        where ${root} = gone or starts_with(${root}, gone || '/'))`.execute(tx);
  if (suspects.length > 0)
    await sql`update external_use set stale_since = greatest(stale_since, ${revision}::bigint)
      where repository = ${repository} and generation = ${generation}
      and exists (select from unnest(${[...suspects]}::text[]) suspect
        where suspect = '' or ${root} = '' or ${root} = suspect or starts_with(${root}, suspect || '/')
          or starts_with(suspect, ${root} || '/'))`.execute(tx);
  for (const { pipeline, repository: user, branch } of stale)
    await tx
      .updateTable('external_use')
      // Revisions of another repository count on another scale: there, whatever is read from now on is new.
      .set({
        stale_since: sql<number>`greatest(stale_since, move + 1, ${user === repository ? revision : 0}::bigint)`,
      })
      .where('pipeline', '=', pipeline)
      .where('repository', '=', user)
      .where('branch', '=', branch)
      .execute();
}

/** For a repository whose externals are ignored from now on. */
export async function forgetExternalUses(db: Db, repository: string): Promise<void> {
  await db.deleteFrom('external_use').where('repository', '=', repository).execute();
}
