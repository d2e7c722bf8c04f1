import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface ScheduledPipeline {
  pipeline: string;
  clock: string;
}

/** Clocks of servers differ by less. */
const skew = sql`interval '2 minutes'`;

/**
 * Makes schedules known: a new one, or one whose clock was changed, counts from now on; so does one that was dealt with up
 * to a time that is still to come, for the clock of a server was ahead then. A time that made a run then makes no other.
 * @returns up to when each of them has been dealt with, by pipeline
 */
export async function registerSchedules(
  db: Db,
  schedules: readonly ScheduledPipeline[],
): Promise<Map<string, Date>> {
  if (schedules.length === 0) return new Map();
  await sql`
    insert into schedule (pipeline, clock, handled_until)
    select pipeline, clock, clock_timestamp()
    from jsonb_to_recordset(${JSON.stringify(schedules)}::jsonb) as given (pipeline text, clock text)
    on conflict (pipeline) do update set clock = excluded.clock, handled_until = excluded.handled_until
      where schedule.clock <> excluded.clock or schedule.handled_until > excluded.handled_until + ${skew}`.execute(
    db,
  );
  const rows = await db
    .selectFrom('schedule')
    .select(['pipeline', 'handled_until'])
    .where(
      'pipeline',
      'in',
      schedules.map(({ pipeline }) => pipeline),
    )
    .execute();
  return new Map(rows.map((row) => [row.pipeline, row.handled_until]));
}

/**
 * Notes that a schedule has been dealt with up to a time. Within the caller's transaction.
 * @returns false when another server was first, or the clock was changed meanwhile
 */
export async function passSchedule(
  tx: Db,
  { pipeline, clock }: ScheduledPipeline,
  tick: Date,
): Promise<boolean> {
  const result = await tx
    .updateTable('schedule')
    .set({ handled_until: tick })
    .where('pipeline', '=', pipeline)
    .where('clock', '=', clock)
    .where('handled_until', '<', tick)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}
