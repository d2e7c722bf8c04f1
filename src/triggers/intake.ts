import type { Db } from '../store/database.ts';
import { type NewEvent, type StoredEvent, storeEvents } from '../store/events.ts';
import { type KnownRepository, listKnownRepositories } from '../store/watchers.ts';
import { gather } from './gather.ts';

/** The way of hooks into the database; hooks that come at the same time share its transactions. */
export interface Intake {
  /** Stores an event once; durable when this resolves. */
  store(event: NewEvent): Promise<StoredEvent>;
  /**
   * What the watchers know of their repositories.
   * @param isFresh false: it may be a second old
   */
  knownRepositories(isFresh: boolean): Promise<KnownRepository[]>;
}

/**
 * A transaction of so many hooks is short enough for whoever waits for the next. While the database works on one, the
 * next comes in: this process and the database would else wait for each other in turn.
 */
const batches = { most: 200, atOnce: 2 };
const everybody = { most: Number.POSITIVE_INFINITY };
const knownForMs = 1_000;

export function createIntake(db: Db): Intake {
  let known: { rows: KnownRepository[]; untilMs: number } | undefined;
  const read = gather(async (askers: null[]) => {
    const rows = await listKnownRepositories(db);
    known = { rows, untilMs: performance.now() + knownForMs };
    return askers.map(() => rows);
  }, everybody);
  return {
    store: gather((events: NewEvent[]) => storeEvents(db, events), batches),
    async knownRepositories(isFresh) {
      return known !== undefined && !isFresh && performance.now() < known.untilMs ? known.rows : read(null);
    },
  };
}
