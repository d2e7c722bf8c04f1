import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Db } from './database.ts';
import type { WatcherTable } from './schema.ts';

export type WatcherRow = Selectable<WatcherTable>;

const now = sql<Date>`clock_timestamp()`;

/** Makes a configured repository known; what was known of it before stays. */
export async function ensureWatcher(db: Db, repository: string, url: string): Promise<void> {
  await db
    .insertInto('watcher')
    .values({ repository, url, next_poll_at: now })
    .onConflict((conflict) => conflict.column('repository').doUpdateSet({ url }))
    .execute();
}

export async function readWatcher(db: Db, repository: string): Promise<WatcherRow | undefined> {
  return db.selectFrom('watcher').selectAll().where('repository', '=', repository).executeTakeFirst();
}

/** What tells a repository from others with the same name, address or UUID. */
export type KnownRepository = Pick<WatcherRow, 'repository' | 'uuid' | 'generation'>;

export async function listKnownRepositories(db: Db): Promise<KnownRepository[]> {
  return db.selectFrom('watcher').select(['repository', 'uuid', 'generation']).execute();
}

export interface ClaimRequest {
  repository: string;
  owner: string;
  ttlMs: number;
  /** Only when the next poll is due; else whenever nobody polls. */
  ifDue: boolean;
}

/**
 * Takes the right to poll a repository. It only keeps processes from doing the same work twice; what makes each
 * revision count once is the conditional move of the cursor.
 * @returns the row, or undefined while somebody else polls or nothing is due
 */
export async function claimWatcher(db: Db, claim: ClaimRequest): Promise<WatcherRow | undefined> {
  return db
    .updateTable('watcher')
    .set({ claimed_by: claim.owner, claimed_until: later(claim.ttlMs), claimed_at: now })
    .where('repository', '=', claim.repository)
    .where((where) =>
      where.or([
        where('claimed_by', 'is', null),
        where('claimed_by', '=', claim.owner),
        where('claimed_until', '<=', now),
      ]),
    )
    .$if(claim.ifDue, (query) => query.where('next_poll_at', '<=', now))
    .returningAll()
    .executeTakeFirst();
}

export async function prolongClaim(db: Db, claim: Omit<ClaimRequest, 'ifDue'>): Promise<void> {
  await db
    .updateTable('watcher')
    .set({ claimed_until: later(claim.ttlMs) })
    .where('repository', '=', claim.repository)
    .where('claimed_by', '=', claim.owner)
    .execute();
}

export interface PollEnd {
  repository: string;
  owner: string;
  /** While hooks announce this repository's commits, and else. */
  nextPollInMs: { withHooks: number; withoutHooks: number };
  /** False for a poll that read what a hook announced and did not ask for the newest revision. */
  askedForHead: boolean;
  /** Subversion: the newest revision known of; undefined: nothing new is known of it. */
  newest?: number | undefined;
}

/**
 * Notes a poll that went well and gives the claim back.
 * @returns in how many milliseconds the next one is due
 */
export async function endPoll(db: Db, end: PollEnd): Promise<number> {
  const { withHooks, withoutHooks } = end.nextPollInMs;
  const row = await db
    .updateTable('watcher')
    .set({
      state: 'ok',
      failing_since: null,
      last_error: null,
      failures: 0,
      next_poll_at: later(
        sql`case when ${areHooksTrusted} then ${withHooks}::float8 else ${withoutHooks} end`,
      ),
      claimed_by: null,
      claimed_until: null,
      ...(end.newest === undefined ? {} : { newest: end.newest }),
      ...(end.askedForHead ? { polled_at: now, read_at: sql<Date>`claimed_at` } : {}),
    })
    .where('repository', '=', end.repository)
    .where('claimed_by', '=', end.owner)
    .returning(sql<number>`extract(epoch from next_poll_at - clock_timestamp())::float8 * 1000`.as('inMs'))
    .executeTakeFirst();
  return Math.max(0, row?.inMs ?? withoutHooks);
}

/** Hooks announce what is committed: one has come since a poll last found what none had announced. */
const areHooksTrusted = sql<boolean>`last_hook_at is not null and not exists (
  select from event
  where event.repository = watcher.repository and event.source = 'poll' and event.body ->> 'alarm' is null
    and event.received_at > watcher.last_hook_at)`;

/** Notes that there is more to read than one transaction will hold: meanwhile it is told how far behind we are. */
export async function noteNewest(db: Db, repository: string, newest: number): Promise<void> {
  await db.updateTable('watcher').set({ newest }).where('repository', '=', repository).execute();
}

/** Notes a poll that failed, with the cause in one line, and gives the claim back. */
export async function failPoll(
  db: Db,
  end: Pick<PollEnd, 'repository' | 'owner'> & { nextPollInMs: number; error: string },
): Promise<void> {
  await db
    .updateTable('watcher')
    .set({
      state: 'failing',
      failing_since: sql<Date>`coalesce(failing_since, clock_timestamp())`,
      last_error: end.error,
      failures: sql<number>`failures + 1`,
      polled_at: now,
      next_poll_at: later(end.nextPollInMs),
      claimed_by: null,
      claimed_until: null,
    })
    .where('repository', '=', end.repository)
    .where('claimed_by', '=', end.owner)
    .execute();
}

/** Gives the claim back and leaves everything else as it is. */
export async function releaseClaim(db: Db, repository: string, owner: string): Promise<void> {
  await db
    .updateTable('watcher')
    .set({ claimed_by: null, claimed_until: null })
    .where('repository', '=', repository)
    .where('claimed_by', '=', owner)
    .execute();
}

export interface CursorMove {
  repository: string;
  generation: number;
  from: number;
  to: number;
  /** When the revision `to` was committed; null where that is not known. */
  date?: string | null;
}

/**
 * Moves the cursor from exactly `from`, within the caller's transaction, and locks the row until its end.
 * @returns undefined when somebody else moved it: the caller rolls back
 */
export async function moveCursor(tx: Db, move: CursorMove): Promise<MovedCursor | undefined> {
  return tx
    .updateTable('watcher')
    .set({ cursor: move.to, cursor_date: move.date ?? null })
    .where('repository', '=', move.repository)
    .where('generation', '=', move.generation)
    .where('cursor', '=', move.from)
    .returning(
      sql<boolean>`exists (select from restored where at > coalesce(watcher.read_at, '-infinity'))`.as(
        'isAfterRestore',
      ),
    )
    .executeTakeFirst();
}

export interface MovedCursor {
  /** The server was restored from a backup, and what was committed since has not been read up to the newest yet. */
  isAfterRestore: boolean;
}

/** What the cursor stands on has another date now, and is still the same revision. */
export async function correctCursorDate(
  db: Db,
  { repository, revision, date }: { repository: string; revision: number; date: string | null },
): Promise<void> {
  await db
    .updateTable('watcher')
    .set({ cursor_date: date })
    .where('repository', '=', repository)
    .where('cursor', '=', revision)
    .execute();
}

export interface GenerationStart {
  repository: string;
  /** The generation as it was read; the write is conditional on it. */
  known: number;
  generation: number;
  /** null: the kind of repository has none. */
  uuid: string | null;
  rootUrl: string;
  cursor: number;
}

/** First contact with a repository, or with another one at the same address: history counts from `cursor` on. */
export async function startGeneration(db: Db, start: GenerationStart): Promise<WatcherRow | undefined> {
  return db
    .updateTable('watcher')
    .set({
      generation: start.generation,
      uuid: start.uuid,
      root_url: start.rootUrl,
      cursor: start.cursor,
      cursor_date: null,
      newest: null,
    })
    .where('repository', '=', start.repository)
    .where('generation', '=', start.known)
    .$if(start.generation === start.known, (query) => query.where('cursor', 'is', null))
    .returningAll()
    .executeTakeFirst();
}

function later(ms: number | RawBuilder<unknown>): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}
