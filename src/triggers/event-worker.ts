import type { Logger } from 'pino';
import { type AnnouncedRevision, takeAnnouncements } from '../store/announcements.ts';
import type { Store } from '../store/database.ts';
import { closeEvent } from '../store/events.ts';
import type { Watchers } from './watchers.ts';

export interface EventWorkerOptions {
  store: Store;
  watchers: Watchers;
  logger: Logger;
  /** How often to look for stored hooks that nobody was told of. Default 15 s. */
  reconcileMs?: number;
}

/** Hands stored hooks to the watchers. */
export interface EventWorker extends AsyncDisposable {
  /** Hands over a hook that this process has just stored, without asking the database; returns at once. */
  announce(announcement: AnnouncedRevision): void;
}

const batchSize = 1_000;

/** What is handed over directly need not be ticked off at once: the commit's run goes first. */
const tickOffMs = 200;

/**
 * Takes the hooks that are stored and not yet handled, when the database tells of new ones, and from time to time, for
 * those that a crash left behind.
 */
export async function startEventWorker(options: EventWorkerOptions): Promise<EventWorker> {
  const { store, watchers, reconcileMs = 15_000 } = options;
  const told = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const work = () => {
    timer = undefined;
    working = working.then(() => handOver(options, told));
  };
  const workSoon = () => {
    timer ??= setTimeout(work, tickOffMs);
  };

  const stopListening = await store.listen('trunkline_event', workSoon);
  const reconciler = setInterval(workSoon, reconcileMs);
  work();
  return {
    announce(announcement) {
      if (watchers.announce(announcement)) told.add(announcement.eventId);
      workSoon();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(reconciler);
      await stopListening();
      clearTimeout(timer);
      await working;
    },
  };
}

/** Never throws: what could not be handed over now is taken by a later round. */
async function handOver({ store, watchers, logger }: EventWorkerOptions, told: Set<string>): Promise<void> {
  const toldBefore = [...told];
  try {
    for (let taken = batchSize; taken === batchSize; ) {
      const announcements = await takeAnnouncements(store.db, batchSize);
      taken = announcements.length;
      for (const announcement of announcements) {
        if (told.has(announcement.eventId) || watchers.announce(announcement)) continue;
        const reason = `repository ${announcement.repository} is not configured any more`;
        await closeEvent(store.db, announcement.eventId, reason);
      }
    }
    for (const eventId of toldBefore) told.delete(eventId);
  } catch (error) {
    logger.error({ err: error }, 'Stored hooks not handed over yet');
  }
}
