import { Cron } from 'croner';
import type { ScheduleTrigger } from './triggers.ts';

type Clock = Pick<ScheduleTrigger, 'cron' | 'timezone'>;

/**
 * The first moment after `after` at which a schedule is due; null when it never is. A fixed time that the clocks jump over
 * is due when they have jumped; one that they go through twice is due the first time. A schedule with `*` in its minutes or
 * hours keeps its rhythm.
 */
export function nextTick({ cron, timezone }: Clock, after: Date): Date | null {
  return compile(cron, timezone).nextRun(after);
}

/** The last moment within (`after`, `until`] at which a schedule was due; null for none. */
export function newestTick({ cron, timezone }: Clock, span: { after: Date; until: Date }): Date | null {
  const schedule = compile(cron, timezone);
  for (let lookBackMs = firstLookBackMs; ; lookBackMs *= 4) {
    const from = new Date(Math.max(span.after.getTime(), span.until.getTime() - lookBackMs));
    let newest: Date | null = null;
    for (let tick = schedule.nextRun(from); tick !== null && tick <= span.until; ) {
      newest = tick;
      tick = schedule.nextRun(tick);
    }
    if (newest !== null || from <= span.after) return newest;
  }
}

/** What is wrong with a cron expression, with a hint after a line break; null for nothing. */
export function cronMistake(cron: string): string | null {
  if (!/^@[a-z]+$/.test(cron) && cron.trim().split(/\s+/).length !== 5) return `${notCron}\n${cronHint}`;
  try {
    return compile(cron, 'UTC').nextRun(new Date()) === null ? 'this never comes' : null;
  } catch {
    return `${notCron}\n${cronHint}`;
  }
}

/** What is wrong with the name of a time zone, with a hint after a line break; null for nothing. */
export function timezoneMistake(timezone: string): string | null {
  if (/^[A-Z]{3}$/i.test(timezone) && !shortZones.includes(timezone.toUpperCase()))
    return 'three letters name several time zones, or none\nname one as in Asia/Shanghai, Europe/Berlin or UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return null;
  } catch {
    return 'this is no time zone\nname one as in Asia/Shanghai, Europe/Berlin or UTC';
  }
}

/** The three letters that name one in the IANA database. Node takes others too: `CST` for Chicago's, where China's was meant. */
const shortZones = [
  'UTC',
  'UCT',
  'GMT',
  'CET',
  'EET',
  'MET',
  'WET',
  'EST',
  'MST',
  'HST',
  'PRC',
  'ROC',
  'ROK',
];

/** Short enough that a schedule of every minute is not counted through for hours. */
const firstLookBackMs = 60_000;

const notCron = 'this is no cron expression';
const cronHint =
  "minute, hour, day of the month, month, day of the week: '0 2 * * 1-5' is 2:00 on working days";

function compile(cron: string, timezone: string): Cron {
  return new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
}
