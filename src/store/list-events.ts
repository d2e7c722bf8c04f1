import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import { type EventRow, isCommit, isStart } from './events.ts';
import { gitHooks, revisionHooks } from './hook-source.ts';
import { isAfter, type Page, type PageRequest, pageFrom, positionColumn } from './page.ts';

const columns = [
  'id',
  'source',
  'repository',
  'revision',
  'error',
  'attempts',
  'remote',
  'received_at',
] as const;

export type EventSummaryRow = Pick<EventRow, (typeof columns)[number] | 'state' | 'handled_at'>;

/** Only hooks of Subversion name numbers. */
const announced = sql<number>`case when source in (${sql.join([...revisionHooks])}) then event.revision::bigint end`;

/**
 * A commit's hook is done with when its repository's watcher knows of it; for whoever asks what came of it, when history has
 * been read up to what it announced.
 */
const isRevisionAwaited = sql<boolean>`(state = 'handled' and source in (${sql.join([...revisionHooks])}) and ${isCommit}
  and exists (select from watcher
    where watcher.repository = event.repository and watcher.cursor < ${announced})
  and not exists (select from change
    where change.repository = event.repository and change.revision = event.revision))`;

/** So is a Git hook, when the refs have been read by a poll that began after it came. */
const isRefAwaited = sql<boolean>`(state = 'handled' and source in (${sql.join([...gitHooks])}) and error is null
  and not ${isStart}
  and exists (select from watcher
    where watcher.repository = event.repository and coalesce(watcher.read_at < event.received_at, true))
  and not exists (select from change where change.event_id = event.id))`;

const isAwaited = sql<boolean>`(${isRevisionAwaited} or ${isRefAwaited})`;

export interface EventFilter {
  repository?: string | undefined;
  /** What they announced or found: a number of Subversion, or the beginning of a commit's id. */
  revision?: string | undefined;
  /** Of these repositories alone; default: of all. */
  within?: readonly string[] | null;
}

/** Newest first. */
export async function listEvents(
  db: Db,
  filter: EventFilter,
  page: PageRequest,
): Promise<Page<EventSummaryRow>> {
  let query = db
    .selectFrom('event')
    .select([
      ...columns,
      positionColumn('received_at'),
      sql<EventRow['state']>`case when ${isAwaited} then 'received' else state end`.as('state'),
      sql<Date | null>`case when ${isAwaited} then null else handled_at end`.as('handled_at'),
    ]);
  const { repository, revision, within } = filter;
  if (repository !== undefined) query = query.where('repository', '=', repository);
  if (within != null) query = query.where(sql<boolean>`event.repository = any (${[...within]}::text[])`);
  if (revision !== undefined) query = query.where(isAbout(revision));
  if (page.after !== null) query = query.where(isAfter('received_at', page.after));
  const rows = await query
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageFrom(rows, page.limit);
}

/** Told of it, or found what it did to a branch. Both are looked up repository by repository, as their indexes go. */
function isAbout(revision: string) {
  const meant = (column: RawBuilder<unknown>) =>
    /^[0-9a-f]{7,}$/.test(revision)
      ? sql`(${column} >= ${revision} and ${column} < ${`${revision}g`})`
      : sql`${column} = ${revision}`;
  return sql<boolean>`event.id in (
    select told.id from watcher join event told on told.repository = watcher.repository and ${meant(sql`told.revision`)}
    union all
    select found.event_id from watcher join change found
      on found.repository = watcher.repository and ${meant(sql`found.revision`)})`;
}
