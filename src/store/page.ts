import { sql } from 'kysely';

/** A place in a list that is sorted by time and id, newest first: entries that come later do not move it. */
export interface Position {
  /** PostgreSQL's own text of the time, exact to the microsecond. */
  at: string;
  id: string;
}

export interface PageRequest {
  /** The last entry of the page before; null: the first page. */
  after: Position | null;
  limit: number;
}

export interface Page<Row> {
  rows: Row[];
  /** null: this was the last page. */
  next: Position | null;
}

/** The column that `pageFrom` reads; select it beside the row's own. */
export function positionColumn(column: string) {
  return sql<string>`${sql.ref(column)}::text`.as('position');
}

/** Entries behind a position, for a list sorted by (`column`, `idColumn`) descending. */
export function isAfter(column: string, position: Position, idColumn = 'id') {
  return sql<boolean>`(${sql.ref(column)}, ${sql.ref(idColumn)}) < (${position.at}::timestamptz, ${position.id})`;
}

/** Cuts a page from `limit + 1` selected rows. */
export function pageFrom<Row extends { id: string; position: string }>(
  rows: Row[],
  limit: number,
): Page<Row> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const next = rows.length > limit && last !== undefined ? { at: last.position, id: last.id } : null;
  return { rows: kept, next };
}
