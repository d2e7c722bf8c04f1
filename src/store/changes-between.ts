import { sql } from 'kysely';
import type { ChangeRow } from './changes.ts';
import type { Db } from './database.ts';

/** Moves of one branch with `after < move <= upTo`. */
export interface MoveSpan {
  repository: string;
  generation: number;
  branch: string;
  after: number;
  upTo: number;
  /** Only changes that touched something at or below this path of the branch, or a folder above it; '' is all. */
  path: string;
}

export type ChangeSummaryRow = Pick<ChangeRow, 'revision' | 'author' | 'committed_at' | 'message'>;

/** @returns the newest first, at most `limit` of them, and how many there are in all */
export async function changesBetween(
  db: Db,
  span: MoveSpan,
  limit: number,
): Promise<{ rows: ChangeSummaryRow[]; total: number }> {
  const rows = await db
    .selectFrom('change')
    .select(['revision', 'author', 'committed_at', 'message'])
    .select(sql<string>`count(*) over ()`.as('total'))
    .where('repository', '=', span.repository)
    .where('generation', '=', span.generation)
    .where('branch', '=', span.branch)
    .where('move', '>', span.after)
    .where('move', '<=', span.upTo)
    .where('request', 'is', null)
    .where('move', '>=', bornBy(span))
    .where(touches(span.path))
    .orderBy('move', 'desc')
    .limit(limit)
    .execute();
  return { rows: rows.map(({ total: _, ...row }) => row), total: Number(rows[0]?.total ?? 0) };
}

/** When the branch was made, as it is at the end of the span; 0 when it was there from the beginning. */
function bornBy({ repository, generation, branch, upTo }: MoveSpan) {
  return sql<number>`coalesce((
    select max(birth.move) from change as birth
    where birth.repository = ${repository} and birth.generation = ${generation} and birth.branch = ${branch}
      and birth.move <= ${upTo} and birth.happened = 'created'), 0)`;
}

/** A change with more paths than are kept may have touched it: it is listed. */
function touches(path: string) {
  if (path === '') return sql<boolean>`true`;
  return sql<boolean>`(path_count > jsonb_array_length(paths) or exists (
    select from jsonb_array_elements(paths) as touched (entry)
    where entry ->> 'path' = ${path}
      or starts_with(entry ->> 'path', ${`${path}/`})
      or (starts_with(${path}, (entry ->> 'path') || '/') and entry ->> 'action' <> 'modified')
  ))`;
}
