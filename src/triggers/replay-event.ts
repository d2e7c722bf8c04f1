import type { Db } from '../store/database.ts';
import { readEvent, reopenHook } from '../store/events.ts';

/** `not-replayable`: only hooks can be handled again; a request is made again, a poll happens by itself. */
export type Replay = 'replayed' | 'unknown' | 'not-replayable';

/** Lets a hook be handled once more, as if it came now. A revision that was read before stays as it was decided. */
export async function replayEvent(db: Db, eventId: string): Promise<Replay> {
  if ((await readEvent(db, eventId)) === undefined) return 'unknown';
  return (await reopenHook(db, eventId)) ? 'replayed' : 'not-replayable';
}
