import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';

/** The clock of the database, in milliseconds since 1970. */
export async function readClock(db: Db): Promise<number> {
  const { rows } = await sql<{ now: number }>`
    select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(db);
  return rows[0]?.now ?? Number.NaN;
}

/**
 * After the clock of the database was put back, what it had said before lies in the future: for as long a dead worker would
 * hold its runs, a lost job count as on its way, a repository not be polled and a schedule count as dealt with. All that
 * counts as of now then; a lease gets `ttlMs` from now, which a living worker prolongs as ever.
 */
export async function bringBackFuture(db: Db, ttlMs: number): Promise<void> {
  await sql`
    with leases as (
      update lease set expires_at = clock_timestamp() + ${ttlMs} * interval '1 millisecond'
      where ${isFarOff('expires_at')}
    ), runs as (
      update run set delivered_at = clock_timestamp() where state <> 'ended' and ${isFarOff('delivered_at')}
    ), watchers as (
      update watcher set polled_at = clock_timestamp(), next_poll_at = clock_timestamp()
      where ${isFarOff('polled_at')}
    ), claims as (
      update drift_report set claimed_until = null,
        looked_at = least(looked_at, clock_timestamp()), wanted_at = least(wanted_at, clock_timestamp())
      where ${isFarOff('claimed_until')} or ${isFarOff('looked_at')}
    ), schedules as (
      update schedule set handled_until = clock_timestamp() where ${isFarOff('handled_until')}
    )
    update event set retry_at = clock_timestamp()
    where state = 'received' and retry_at > clock_timestamp() + interval '30 minutes'`.execute(db);
  await sql`
    update watcher set claimed_by = null, claimed_until = null where ${isFarOff('claimed_until')}`.execute(
    db,
  );
}

/** Further than any of them ever is; a clock that is put back by less is waited for. */
function isFarOff(column: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} > clock_timestamp() + interval '5 minutes'`;
}
