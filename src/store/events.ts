import { type Selectable, sql } from 'kysely';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Channel } from './channels.ts';
import type { Db } from './database.ts';
import { hookSources } from './hook-source.ts';
import type { EventTable } from './schema.ts';

export type EventRow = Selectable<EventTable>;

const eventChannel: Channel = 'trunkline_event';
/** False for a hook that tells of a changed property of a revision. */
export const isCommit = sql<boolean>`body ->> 'kind' is distinct from 'revprop'`;

/** True for a webhook that tells of more than a move of a ref: its runs are started, and no watcher has to find them. */
export const isStart = sql<boolean>`coalesce(body ->> 'kind' in ('merge-request', 'ci-pipeline'), false)`;

export interface NewEvent {
  id: string;
  source: EventRow['source'];
  repository: string | null;
  /** Equal for repeated deliveries of the same event; null makes every delivery an event of its own. */
  deliveryKey: string | GenerationKey | null;
  remote: string | null;
  headers: JsonObject;
  body: Json;
  /** As it came, where `body` holds only what counts of it; without secrets. */
  payload?: string | null;
  revision: string | null;
  state: EventRow['state'];
  /** One line that says why nothing comes of it. */
  error?: string;
}

/** A delivery key within the generation that the repository has when the event is stored. */
export interface GenerationKey {
  kind: 'svn' | 'git';
  within: string;
}

/** Of a hook that announces a revision of Subversion, or tells that a property of it was changed. */
export function revisionKey(kind: 'commit' | 'revprop', revision: string): GenerationKey {
  return { kind: 'svn', within: `${kind}:${revision}` };
}

export function keyInGeneration(
  { kind, within }: GenerationKey,
  { name, generation }: { name: string; generation: number },
): string {
  return `${kind}:${name}:${generation}:${within}`;
}

export interface StoredEvent {
  eventId: string;
  isNew: boolean;
}

/** Stores an event once, durable when this resolves, and sends its id over channel `trunkline_event`. */
export async function storeEvent(db: Db, event: NewEvent): Promise<StoredEvent> {
  const [stored] = await storeEvents(db, [event]);
  return stored as StoredEvent;
}

/**
 * Stores events in one statement, each once. Wakes channel `trunkline_event`, but not for hooks that only a watcher
 * needs: whoever stores one tells its own watchers. @returns in the order of the events
 */
export async function storeEvents(db: Db, events: readonly NewEvent[]): Promise<StoredEvent[]> {
  const statement = events.every(isForWatcher) ? storeQuietly(events) : storeAndWake(events);
  const result = await statement.execute(db);
  const stored = new Set(result.rows.map(({ id }) => id));
  const first = await firstDeliveries(
    db,
    events.filter(({ id }) => !stored.has(id)),
  );
  const answerOf = async (event: NewEvent): Promise<StoredEvent> => {
    if (stored.has(event.id)) return { eventId: event.id, isNew: true };
    const eventId = first.get(event.id);
    // Its first delivery was removed in between.
    return eventId === undefined ? storeEvent(db, event) : { eventId, isNew: false };
  };
  return Promise.all(events.map(answerOf));
}

function isForWatcher({ source, body }: NewEvent): boolean {
  if (!hookSources.some((hook) => hook === source)) return false;
  const kind = typeof body === 'object' && body !== null && 'kind' in body ? body.kind : undefined;
  return kind !== 'revprop' && kind !== 'merge-request' && kind !== 'ci-pipeline';
}

/** The events as a table `given`, each with its whole key. */
function given(events: readonly NewEvent[]) {
  const rows = events.map(({ deliveryKey, ...event }) =>
    typeof deliveryKey === 'string' || deliveryKey === null
      ? { ...event, key: deliveryKey }
      : { ...event, keyKind: deliveryKey.kind, keyWithin: deliveryKey.within },
  );
  return sql`given as (
    select new.*, coalesce(key, "keyKind" || ':' || new.repository || ':' || coalesce(generation, 1) || ':' || "keyWithin")
      as delivery_key
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new (id text, source text, repository text, key text,
        "keyKind" text, "keyWithin" text, remote text, headers jsonb, body jsonb, payload text, revision text, state text,
        error text)
      left join watcher on watcher.repository = new.repository)`;
}

/** In the order of their keys: of two batches with the same deliveries, one waits for the other, never each for each. */
const insertGiven = sql`stored as (
    insert into event (id, source, repository, delivery_key, remote, headers, body, payload, revision, state, error,
      handled_at)
    select id, source, repository, delivery_key, remote, headers, coalesce(body, 'null'), payload, revision, state, error,
      case when state <> 'received' then clock_timestamp() end
    from given
    order by delivery_key
    on conflict do nothing
    returning id)`;

/** Both are prepared once on each connection: planning them takes longer than storing ten events. */
function storeQuietly(events: readonly NewEvent[]) {
  return sql<{ id: string }>`/* prepared: store-quietly */
    with ${given(events)}, ${insertGiven}
    select id from stored`;
}

function storeAndWake(events: readonly NewEvent[]) {
  return sql<{ id: string }>`/* prepared: store-and-wake */
    with ${given(events)}, ${insertGiven}
    select id, (select pg_notify(${eventChannel}, min(id)) from stored)::text as notified
    from stored`;
}

/** The ids of the events that were stored in their place, by theirs. */
async function firstDeliveries(db: Db, events: readonly NewEvent[]): Promise<Map<string, string>> {
  if (events.length === 0) return new Map();
  const result = await sql<{ id: string; first: string }>`
    with ${given(events)}
    select given.id, event.id as first from given join event using (delivery_key)`.execute(db);
  return new Map(result.rows.map(({ id, first }) => [id, first]));
}

export async function readEvent(db: Db, eventId: string): Promise<EventRow | undefined> {
  return db.selectFrom('event').selectAll().where('id', '=', eventId).executeTakeFirst();
}

/**
 * Makes a hook wait for its worker again.
 * @returns false for an event of another kind
 */
export async function reopenHook(db: Db, eventId: string): Promise<boolean> {
  const row = await db
    .updateTable('event')
    .set({ state: 'received', handled_at: null, error: null, retry_at: null })
    .where('id', '=', eventId)
    .where('source', 'in', [...hookSources])
    .returning(sql<string>`pg_notify(${eventChannel}, id)::text`.as('notified'))
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether an event came so long ago that whoever sends it again is not just trying twice. */
export async function isOldEvent(db: Db, eventId: string): Promise<boolean> {
  const row = await db
    .selectFrom('event')
    .select('id')
    .where('id', '=', eventId)
    .where('received_at', '<', sql<Date>`clock_timestamp() - interval '1 minute'`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends an event; `error` is one line that says why nothing came of it. */
export async function closeEvent(db: Db, eventId: string, error: string | null = null): Promise<void> {
  await endEvent(db, eventId, { state: error === null ? 'handled' : 'failed', error });
}

/** Ends an event as handled or failed; `error` is one line that says why nothing came of it. */
export async function endEvent(
  db: Db,
  eventId: string,
  end: { state: 'handled' | 'failed'; error: string | null },
): Promise<void> {
  await db
    .updateTable('event')
    .set({
      ...end,
      handled_at: sql<Date>`clock_timestamp()`,
      attempts: sql<number>`attempts + 1`,
    })
    .where('id', '=', eventId)
    .execute();
}

/** What was given up has come after all. */
export async function endGivenUp(db: Db, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await db
    .updateTable('event')
    .set({ state: 'handled', error: null })
    .where('id', 'in', [...eventIds])
    .where('state', '=', 'failed')
    .execute();
}

/** Ids of the events that have one of these delivery keys, by key. */
export async function eventsByKey(db: Db, deliveryKeys: readonly string[]): Promise<Map<string, string>> {
  if (deliveryKeys.length === 0) return new Map();
  const rows = await db
    .selectFrom('event')
    .select(['id', 'delivery_key'])
    .where('delivery_key', 'in', [...deliveryKeys])
    .execute();
  return new Map(rows.flatMap(({ id, delivery_key: key }) => (key === null ? [] : [[key, id]])));
}
