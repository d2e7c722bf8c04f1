import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { newestTick, nextTick } from '../domain/schedule.ts';
import type { ScheduleTrigger } from '../domain/triggers.ts';
import type { Db } from '../store/database.ts';
import { storeEvent } from '../store/events.ts';
import { passSchedule, registerSchedules } from '../store/schedules.ts';
import type { CatalogueEntry } from './watch.ts';

export interface ScheduleWatch {
  db: Db;
  /** Every pipeline that the server knows at the time of the call. */
  catalogue(): readonly CatalogueEntry[];
  logger: Logger;
}

/** What a schedule's event says. */
export interface TickBody {
  pipeline: string;
  /** The time that it was due, ISO 8601. */
  tick: string;
  branch: string | null;
  /** It was missed, and its pipeline leaves such times out. */
  isSkipped?: true;
}

/** How late a time may be noticed without having been missed. */
const onTimeMs = 2 * 60_000;

/** How far back missed times count. */
const lookBackMs = 7 * 24 * 3_600_000;

/**
 * Stores an event for every schedule that has become due, once whatever the number of servers: the note that a time has been
 * dealt with and its event are one transaction.
 * @returns the first moment at which one is due next; null for none
 */
export async function passSchedules(watch: ScheduleWatch): Promise<Date | null> {
  const { db, catalogue } = watch;
  const entries = catalogue().flatMap((entry): Scheduled[] => {
    const { schedule } = entry.pipeline.on;
    return schedule === null ? [] : [{ entry, schedule, row: rowOf(entry.name, schedule) }];
  });
  const handled = await registerSchedules(
    db,
    entries.map(({ row }) => row),
  );
  const now = new Date();
  let soonest: Date | null = null;
  for (const scheduled of entries) {
    const handledUntil = handled.get(scheduled.entry.name) ?? now;
    const after = new Date(Math.max(handledUntil.getTime(), now.getTime() - lookBackMs));
    const tick = newestTick(scheduled.schedule, { after, until: now });
    if (tick !== null) await pass(watch, scheduled, { tick, now });
    const next = nextTick(scheduled.schedule, now);
    if (next !== null && (soonest === null || next < soonest)) soonest = next;
  }
  return soonest;
}

interface Scheduled {
  entry: CatalogueEntry;
  schedule: ScheduleTrigger;
  row: { pipeline: string; clock: string };
}

function rowOf(pipeline: string, { cron, timezone }: ScheduleTrigger): Scheduled['row'] {
  return { pipeline, clock: `${cron} ${timezone}` };
}

/** All times that were missed together are one: the newest. */
async function pass(
  { db, logger }: ScheduleWatch,
  { entry, schedule, row }: Scheduled,
  { tick, now }: { tick: Date; now: Date },
): Promise<void> {
  const isMissed = now.getTime() - tick.getTime() > onTimeMs;
  const isSkipped = isMissed && schedule.missed === 'skip';
  const body: TickBody = { pipeline: entry.name, tick: tick.toISOString(), branch: schedule.branch };
  await db.transaction().execute(async (tx) => {
    if (!(await passSchedule(tx, row, tick))) return;
    await storeEvent(tx, {
      id: randomUUID(),
      source: 'schedule',
      repository: entry.pipeline.source.repository,
      deliveryKey: JSON.stringify(['schedule', entry.name, body.tick]),
      remote: null,
      headers: {},
      body: { ...body, ...(isSkipped && { isSkipped }) },
      revision: null,
      state: isSkipped ? 'handled' : 'received',
    });
  });
  if (isMissed) logger.warn({ ...body, isSkipped }, 'A scheduled time was missed while no server was up');
}
