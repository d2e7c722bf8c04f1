import { sql } from 'kysely';
import type { Db } from './database.ts';
import { isCommit, isStart } from './events.ts';
import { gitHooks, hookSources, revisionHooks } from './hook-source.ts';

/** A hook's event as its worker needs it. */
export interface AnnouncedRevision {
  eventId: string;
  repository: string;
  /** null: the hook named no revision, or what it named is not a number. */
  revision: number | null;
}

/**
 * Takes stored hooks that nobody else is taking, but for those of repositories that cannot be read now, and makes their
 * repositories due unless they were read already, in one statement: from then on the watcher's row remembers that there is something to read, and the event is done.
 * Its lock lets a transaction that holds the watcher's row refer to the event: neither waits for the other in a ring.
 */
export async function takeAnnouncements(db: Db, limit: number): Promise<AnnouncedRevision[]> {
  const result = await sql<{ id: string; repository: string; number: number | null }>`
    with taken as (
      select waiting.id, waiting.repository, revision, body ->> 'ref' as ref,
        case when source in (${sql.join(revisionHooks)}) then revision::bigint end as number
      from (select repository from watcher where state <> 'failing') readable
        cross join lateral (
          select id, repository, revision, body, source from event
          where repository = readable.repository and state = 'received' and source in (${sql.join(hookSources)})
            and ${isCommit} and not ${isStart}
          order by received_at limit ${limit}
          for no key update skip locked
        ) waiting
      limit ${limit}
    ), due as (
      update watcher set last_hook_at = clock_timestamp(), next_poll_at = case when exists (
          select from taken where taken.repository = watcher.repository
            and (watcher.cursor is null or coalesce(taken.number > watcher.cursor, true))
            and not exists (
              select from git_ref
              where git_ref.repository = taken.repository and git_ref.generation = watcher.generation
                and git_ref.ref = taken.ref and git_ref.object_id = taken.revision)
        ) then clock_timestamp() else next_poll_at end
      where repository in (select repository from taken)
    )
    update event set state = 'handled', handled_at = clock_timestamp(), attempts = attempts + 1
    from taken where event.id = taken.id
    returning taken.id, taken.repository, taken.number`.execute(db);
  return result.rows.map(({ id, repository, number }) => ({ eventId: id, repository, revision: number }));
}

/** The oldest revision that a commit hook of this repository has ever announced; null when none has. */
export async function firstAnnouncedRevision(db: Db, repository: string): Promise<number | null> {
  const row = await db
    .selectFrom('event')
    .select(sql<number | null>`min(revision::bigint)`.as('revision'))
    .where('repository', '=', repository)
    .where('source', 'in', [...revisionHooks])
    .where(isCommit)
    .executeTakeFirst();
  return row?.revision ?? null;
}

export interface RefAnnouncement {
  eventId: string;
  ref: string;
  /** What the ref was before, and what it became; an id of zeros where there is none. */
  before: string;
  after: string;
  /** Whether the push said that nothing is to be run for it. */
  isToSkip: boolean;
}

/** What Git hooks of this repository have announced of these refs: that they became an object, or were deleted; newest first. */
export async function refAnnouncements(
  db: Db,
  repository: string,
  refs: readonly { ref: string; objectId: string | null }[],
): Promise<RefAnnouncement[]> {
  const ids = refs.flatMap(({ objectId }) => objectId ?? []);
  const gone = refs.flatMap(({ ref, objectId }) => (objectId === null ? [ref] : []));
  if (refs.length === 0) return [];
  return db
    .selectFrom('event')
    .select([
      'id as eventId',
      sql<string>`body ->> 'ref'`.as('ref'),
      sql<string>`body ->> 'before'`.as('before'),
      sql<string>`coalesce(body ->> 'after', '0')`.as('after'),
      sql<boolean>`coalesce(body ->> 'pushOption' = 'ci.skip', false)`.as('isToSkip'),
    ])
    .where('repository', '=', repository)
    .where('source', 'in', [...gitHooks])
    .where((where) =>
      where.or([
        where.and([
          where('revision', 'in', ['', ...ids]),
          where(sql<boolean>`body ->> 'after' is not null`, '=', true),
        ]),
        where.and([
          where(sql<string>`body ->> 'ref'`, 'in', ['', ...gone]),
          where(sql<boolean>`(body ->> 'after' ~ '^0+$' or body ->> 'action' = 'delete')`, '=', true),
        ]),
      ]),
    )
    .orderBy('received_at', 'desc')
    .execute();
}

/** A hook that says no more than that something has happened to a repository, or to one ref of it. */
export interface Hint {
  eventId: string;
  /** null: it names none. */
  ref: string | null;
}

/** The hints that Git hooks have given since the refs were read last, newest first. */
export async function hintsSince(db: Db, repository: string, since: Date): Promise<Hint[]> {
  return db
    .selectFrom('event')
    .select(['id as eventId', sql<string | null>`body ->> 'ref'`.as('ref')])
    .where('repository', '=', repository)
    .where('source', 'in', [...gitHooks])
    .where(sql<boolean>`body ->> 'kind' in ('hint', 'ref')`)
    .where('received_at', '>', since)
    .orderBy('received_at', 'desc')
    .limit(1_000)
    .execute();
}

/** A push as a hook has told of it. */
export type ToldPush = Pick<RefAnnouncement, 'ref' | 'before' | 'after'> & {
  /** How long ago the hook came. */
  ageMs: number;
};

/** The pushes that hooks have told of lately, newest first. */
export async function recentPushes(db: Db, repository: string, withinMs: number): Promise<ToldPush[]> {
  return db
    .selectFrom('event')
    .select([
      sql<string>`body ->> 'ref'`.as('ref'),
      sql<string>`body ->> 'before'`.as('before'),
      sql<string>`body ->> 'after'`.as('after'),
      sql<number>`extract(epoch from clock_timestamp() - received_at)::float8 * 1000`.as('ageMs'),
    ])
    .where('repository', '=', repository)
    .where('source', 'in', [...gitHooks])
    .where(sql<boolean>`body ->> 'kind' = 'push'`)
    .where('received_at', '>', sql<Date>`clock_timestamp() - ${withinMs} * interval '1 millisecond'`)
    .orderBy('received_at', 'desc')
    .limit(1_000)
    .execute();
}

/** The pushes of a ref that hooks have told of since a moment, newest first. */
export async function pushesSince(
  db: Db,
  { repository, ref, since }: { repository: string; ref: string; since: Date },
): Promise<Pick<ToldPush, 'before' | 'after'>[]> {
  return db
    .selectFrom('event')
    .select([sql<string>`body ->> 'before'`.as('before'), sql<string>`body ->> 'after'`.as('after')])
    .where('repository', '=', repository)
    .where('source', 'in', [...gitHooks])
    .where(sql<boolean>`body ->> 'kind' = 'push'`)
    .where(sql<boolean>`body ->> 'ref' = ${ref}`)
    .where('received_at', '>=', since)
    .orderBy('received_at', 'desc')
    .limit(1_000)
    .execute();
}
