import { sql } from 'kysely';
import type { Db } from './database.ts';
import { type EventRow, isStart } from './events.ts';
import { gitHooks } from './hook-source.ts';

const startSources = ['schedule', 'pipeline'] as const;

/** A schedule's, or an ended run's, wants one run of one pipeline; a merge request's or that of GitLab's pipeline whatever the pipelines say. */
const wantsRuns = sql<boolean>`(source in (${sql.join([...startSources])})
  or source in (${sql.join([...gitHooks])}) and ${isStart})`;

/** An event that is to start runs. */
export type StartEvent = Pick<EventRow, (typeof columns)[number]>;

const columns = ['id', 'repository', 'body', 'attempts', 'received_at', 'delivery_key'] as const;

/**
 * Takes events that want a run and that nobody else is taking. Who takes one has `holdMs` for it; after that it is anybody's
 * again.
 */
export async function takeStartEvents(
  db: Db,
  { limit, holdMs, exceptOf }: { limit: number; holdMs: number; exceptOf: readonly string[] },
): Promise<StartEvent[]> {
  return db
    .with('taken', (from) =>
      from
        .selectFrom('event')
        .select('id')
        .where('state', '=', 'received')
        .where(wantsRuns)
        .where((where) =>
          where.or([where('retry_at', 'is', null), where('retry_at', '<=', sql<Date>`clock_timestamp()`)]),
        )
        .$if(exceptOf.length > 0, (query) => query.where('repository', 'not in', [...exceptOf]))
        .orderBy('received_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('event')
    .from('taken')
    .set({ retry_at: later(holdMs), attempts: sql<number>`event.attempts + 1` })
    .whereRef('event.id', '=', 'taken.id')
    .returning(columns.map((column) => `event.${column}` as const))
    .execute();
}

/** Keeps an event with whoever has taken it, for `holdMs` from now on. */
export async function holdEvent(db: Db, eventId: string, holdMs: number): Promise<void> {
  await db
    .updateTable('event')
    .set({ retry_at: later(holdMs) })
    .where('id', '=', eventId)
    .where('state', '=', 'received')
    .execute();
}

/** Lets an event wait until it is tried again; `error` says in one line why. */
export async function postponeEvent(
  db: Db,
  eventId: string,
  again: { inMs: number; error: string },
): Promise<void> {
  await db
    .updateTable('event')
    .set({ retry_at: later(again.inMs), error: again.error })
    .where('id', '=', eventId)
    .where('state', '=', 'received')
    .execute();
}

/** When the next event that waits may be tried; null when none waits. */
export async function nextStartAt(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom('event')
    .select((select) => select.fn.min('retry_at').as('at'))
    .where('state', '=', 'received')
    .where(wantsRuns)
    .executeTakeFirst();
  return row?.at ?? null;
}

function later(ms: number) {
  return sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;
}
