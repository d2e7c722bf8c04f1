import type { Db } from './database.ts';
import type { EventRow } from './events.ts';
import { isAfter, type Page, type PageRequest, pageFrom, positionColumn } from './page.ts';

const columns = [
  'id',
  'source',
  'repository',
  'revision',
  'state',
  'error',
  'attempts',
  'remote',
  'received_at',
  'handled_at',
] as const;

export type EventSummaryRow = Pick<EventRow, (typeof columns)[number]>;

/** Newest first. */
export async function listEvents(
  db: Db,
  filter: { repository?: string | undefined },
  page: PageRequest,
): Promise<Page<EventSummaryRow>> {
  let query = db.selectFrom('event').select([...columns, positionColumn('received_at')]);
  if (filter.repository !== undefined) query = query.where('repository', '=', filter.repository);
  if (page.after !== null) query = query.where(isAfter('received_at', page.after));
  const rows = await query
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageFrom(rows, page.limit);
}
