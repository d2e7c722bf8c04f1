import type { Db } from '../store/database.ts';
import { type NewEvent, type StoredEvent, storeEvents } from '../store/events.ts';
import { type KnownRepository, listKnownRepositories } from '../store/watchers.ts';
import { gather } from './gather.ts';

/** The way of hooks into the database; hooks that come at the same time share its transactions. */
export interface Intake {
  /** Stores an event once; durable when this resolves. */
  store(event: NewEvent): Promise<StoredEvent>;
  /** What the watchers know now of their repositories. */
  knownRepositories(): Promise<KnownRepository[]>;
}

/** A transaction of so many hooks is short enough for whoever waits for the next. */
const batchSize = 200;

export function createIntake(db: Db): Intake {
  const read = gather(async (askers: null[]) => {
    const known = await listKnownRepositories(db);
    return askers.map(() => known);
  }, Number.POSITIVE_INFINITY);
  return {
    store: gather((events: NewEvent[]) => storeEvents(db, events), batchSize),
    knownRepositories: () => read(null),
  };
}
