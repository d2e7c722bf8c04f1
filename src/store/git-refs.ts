import { sql } from 'kysely';
import type { Db } from './database.ts';

/** A branch or tag as it was seen last. */
export interface StoredRef {
  ref: string;
  /** null: it was deleted; its moves are counted on when it comes back. */
  objectId: string | null;
  /** How often it has been seen to move; 0 for one that was there at the first contact. */
  move: number;
}

export interface RefsOwner {
  repository: string;
  generation: number;
}

/** A deletion names the commit that the branch had before. */
const isNoDeletion = sql<boolean>`happened is distinct from 'deleted'`;

/** The commits that branches had last, by branch; of branches that have never been seen to move there is none. */
export async function lastRevisions(
  db: Db,
  { repository, generation }: RefsOwner,
  branches: readonly string[],
): Promise<Map<string, string>> {
  if (branches.length === 0) return new Map();
  const rows = await db
    .selectFrom('change')
    .distinctOn('branch')
    .select(['branch', 'revision'])
    .where('repository', '=', repository)
    .where('generation', '=', generation)
    .where('branch', 'in', [...branches])
    .where('request', 'is', null)
    .orderBy('branch')
    .orderBy('move', 'desc')
    .execute();
  return new Map(rows.map(({ branch, revision }) => [branch, revision]));
}

/** All refs of a repository, or one. */
export async function readRefs(db: Db, owner: RefsOwner, ref?: string): Promise<Map<string, StoredRef>> {
  const rows = await db
    .selectFrom('git_ref')
    .select(['ref', 'object_id', 'move'])
    .where('repository', '=', owner.repository)
    .where('generation', '=', owner.generation)
    .$if(ref !== undefined, (query) => query.where('ref', '=', ref ?? ''))
    .execute();
  return new Map(rows.map(({ ref, object_id, move }) => [ref, { ref, objectId: object_id, move }]));
}

/** Stores refs as they are now, each after the last of its moves, in one statement. Within the caller's transaction. */
export async function storeRefs(tx: Db, owner: RefsOwner, refs: readonly StoredRef[]): Promise<void> {
  if (refs.length === 0) return;
  await sql`
    insert into git_ref (repository, generation, ref, object_id, move)
    select distinct on (ref) ${owner.repository}, ${owner.generation}::int, ref, "objectId", move
    from jsonb_to_recordset(${JSON.stringify(refs)}::jsonb) as given (ref text, "objectId" text, move bigint)
    order by ref, move desc
    on conflict (repository, generation, ref)
      do update set object_id = excluded.object_id, move = excluded.move`.execute(tx);
}

/**
 * The move that made a commit the newest one of its ref, also when that move is only just being found. For a commit that
 * was never seen to be the newest it is what was said of it before, else the ref's last move: however often a merge request
 * tells of it, it is one.
 */
export async function moveOfCommit(
  db: Db,
  { repository, generation }: RefsOwner,
  commit: { branch: string; revision: string; ref: string; objectId: string; isNewest: boolean },
): Promise<number> {
  const stored = (await readRefs(db, { repository, generation }, commit.ref)).get(commit.ref);
  const last = stored?.move ?? 0;
  if (commit.isNewest) return stored?.objectId === commit.objectId ? last : last + 1;
  const change = await db
    .selectFrom('change')
    .select('move')
    .where('repository', '=', repository)
    .where('generation', '=', generation)
    .where('branch', '=', commit.branch)
    .where('revision', '=', commit.revision)
    .where(isNoDeletion)
    .orderBy(sql`request is not null`)
    .orderBy('move', 'desc')
    .limit(1)
    .executeTakeFirst();
  return change?.move ?? last;
}
