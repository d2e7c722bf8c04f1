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

/** Each is looked at where a path is asked for: a second's work at the most. */
const mostMoves = 10_000;

export type ChangeSummaryRow = Pick<ChangeRow, 'revision' | 'author' | 'committed_at' | 'message'>;

export interface SpanChanges {
  /** Newest first. */
  rows: ChangeSummaryRow[];
  /** How many there are in all. */
  total: number;
}

/**
 * What lies in each of the spans, at most `limit` changes of each, in one question. Of a span with more moves than
 * `mostMoves` the newest are looked through.
 * @returns in the order of `spans`
 */
export async function changesBetween(
  db: Db,
  spans: readonly MoveSpan[],
  limit: number,
): Promise<SpanChanges[]> {
  if (spans.length === 0) return [];
  const { rows } = await sql<ChangeSummaryRow & { span: number; total: number }>`
    select span.place as span, found.*
    from jsonb_to_recordset(${JSON.stringify(spans.map((span, place) => ({ place, ...span })))}::jsonb)
      as span (place integer, repository text, generation integer, branch text, after bigint, "upTo" bigint, path text)
    cross join lateral (
      select revision, author, committed_at, message, move, (count(*) over ())::integer as total
      from (${movesOfSpan}) as moved
      where ${touches}
      order by move desc limit ${limit}) as found
    order by span.place, found.move desc`.execute(db);
  const bySpan = Map.groupBy(rows, ({ span }) => span);
  return spans.map((_, place) => {
    const found = bySpan.get(place) ?? [];
    return { rows: found.map(summaryOf), total: found[0]?.total ?? 0 };
  });
}

function summaryOf({ revision, author, committed_at, message }: ChangeSummaryRow): ChangeSummaryRow {
  return { revision, author, committed_at, message };
}

/** Of a row `span`: its moves since the branch was made, as it is at the end of the span. */
const movesOfSpan = sql`
  select revision, author, committed_at, message, move, paths, path_count from change
  where change.repository = span.repository and change.generation = span.generation and change.branch = span.branch
    and change.move > span.after and change.move <= span."upTo" and request is null and gitlab is null
    and change.move >= coalesce((
      select max(birth.move) from change as birth
      where birth.repository = span.repository and birth.generation = span.generation and birth.branch = span.branch
        and birth.move <= span."upTo" and birth.happened = 'created'), 0)
  order by change.move desc limit ${sql.lit(mostMoves)}`;

/** A change with more paths than are kept may have touched it: it is listed. */
const touches = sql<boolean>`(span.path = '' or path_count > jsonb_array_length(paths) or exists (
  select from jsonb_array_elements(paths) as touched (entry)
  where entry ->> 'path' = span.path
    or starts_with(entry ->> 'path', span.path || '/')
    or (starts_with(span.path, (entry ->> 'path') || '/') and entry ->> 'action' <> 'modified')))`;
