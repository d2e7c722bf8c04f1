import { Cron } from 'croner';
import { newestTick } from './schedule.ts';

/** When an environment takes no deployments. */
export type FreezeWindow = { timezone: string; reason: string } & (
  | { /** Local times such as `2026-12-24` or `2026-12-24T18:00`. */ from: string; to: string }
  | { /** When it begins, again and again. */ cron: string; lastsMs: number }
);

export interface Frozen {
  reason: string;
  until: Date;
  timezone: string;
}

/** The window that holds at a moment; of several the one that ends last. */
export function frozenAt(windows: readonly FreezeWindow[], now: Date): Frozen | null {
  const holding = windows.flatMap((window) => {
    const until = endOf(window, now);
    return until === null ? [] : [{ reason: window.reason, until, timezone: window.timezone }];
  });
  return holding.toSorted((left, right) => right.until.getTime() - left.until.getTime())[0] ?? null;
}

/** `until 2027-01-04 08:00 (Europe/Berlin): year end` */
export function frozenText({ until, timezone, reason }: Frozen): string {
  const options = { dateStyle: 'short', timeStyle: 'short', timeZone: timezone } as const;
  // Sweden writes year, month, day.
  return `until ${new Intl.DateTimeFormat('sv-SE', options).format(until)} (${timezone}): ${reason}`;
}

/** What is wrong with a local time, with a hint after a line break; null for nothing. */
export function localTimeMistake(text: string): string | null {
  if (localTime.test(text) && instantOf(text, 'UTC') !== null) return null;
  return 'this is no local time\nas in 2026-12-24 or 2026-12-24T18:00; the time zone has a key of its own';
}

const localTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/;

function endOf(window: FreezeWindow, now: Date): Date | null {
  if ('cron' in window) {
    const begun = newestTick(window, { after: new Date(now.getTime() - window.lastsMs), until: now });
    return begun === null ? null : new Date(begun.getTime() + window.lastsMs);
  }
  const from = instantOf(window.from, window.timezone);
  const to = instantOf(window.to, window.timezone);
  return from !== null && to !== null && from <= now && now < to ? to : null;
}

function instantOf(text: string, timezone: string): Date | null {
  try {
    const whole = text.includes('T') ? `${text}:00` : `${text}T00:00:00`;
    return new Cron(whole, { timezone, paused: true }).nextRun(new Date(0));
  } catch {
    return null;
  }
}
