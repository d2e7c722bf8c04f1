import type { Logger } from 'pino';
import type { PipelinesWanted } from '../config/awaited-pipelines.ts';
import { decodeRunNotice } from '../store/channels.ts';
import type { Db, Store } from '../store/database.ts';
import { holdEvent, nextStartAt, takeStartEvents } from '../store/start-events.ts';
import { nextQuietAt } from '../store/waiting-changes.ts';
import { cancelAbandoned } from './cancel-abandoned.ts';
import { followEndedRuns } from './follow-runs.ts';
import { passSchedules } from './pass-schedules.ts';
import type { RequestRunDependencies } from './request-run.ts';
import { runQuietBranches } from './run-quiet-branches.ts';
import { handleStart, type StartEventDependencies } from './start-events.ts';
import type { CatalogueEntry } from './watch.ts';

export interface StarterOptions extends Omit<RequestRunDependencies, 'db'> {
  store: Store;
  /** Every pipeline that the server knows at the time of the call. @throws Fault while one of those wanted is not read yet */
  catalogue(wanted?: PipelinesWanted): readonly CatalogueEntry[];
  /** After which pipelines others run that are not read yet: what has ended of those waits. Default: none. */
  awaitedAfter?: () => readonly string[];
  logger: Logger;
  /** For how long an event stays with this server when nothing is heard of it any more. Default 60 s. */
  holdMs?: number;
  wakeRun: StartEventDependencies['wakeRun'];
  replicaPatienceMs?: number;
}

/** How soon a changed pipeline file, or what another server left behind, is noticed. */
const longestPauseMs = 15_000;
const afterFailureMs = longestPauseMs / 5;
/** Every end of a step rings: between two looks is at least this. */
const shortestPauseMs = 50;
/** Who takes an event answers for it so long, and says again and again that it still does. */
const defaultHoldMs = 60_000;
/** Starts of one repository under way at once: one that stalls holds up no other. */
const mostOfOneRepository = 4;

/** Makes the runs that no hook asks for: those of schedules, of quiet branches, and those after other pipelines. Works until it is disposed. */
export async function startStarter(options: StarterOptions): Promise<AsyncDisposable> {
  const starter = new Starter(options);
  const ring = () => starter.ring();
  const stopListening = [
    await options.store.listen('trunkline_event', ring),
    await options.store.listen('trunkline_run', (payload) => {
      const notice = payload === null ? undefined : decodeRunNotice(payload);
      if (payload === null || notice?.what === 'state') ring();
    }),
  ];
  starter.begin();
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(stopListening.map((stop) => stop()));
      await starter[Symbol.asyncDispose]();
    },
  };
}

class Starter implements AsyncDisposable {
  readonly #options: StarterOptions;
  readonly #stop = new AbortController();
  /** Starts under way, and how many there are of each repository. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #byRepository = new Map<string | null, number>();
  #loop: Promise<void> = Promise.resolve();
  /** When schedules are looked at next, by the steady clock: the other one may be put back. */
  #lookAtMs = 0;
  #isRung = false;
  #endPause: () => void = () => {};

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#loop = this.#run();
  }

  ring(): void {
    this.#isRung = true;
    this.#endPause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.ring();
    await this.#loop;
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#isRung = false;
      const againInMs = await this.#turn();
      await this.#pause(shortestPauseMs, false);
      if (!this.#isRung) await this.#pause(againInMs, true);
    }
  }

  async #pause(ms: number, canEndEarly: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (canEndEarly) this.#endPause = resolve;
    const timer = setTimeout(resolve, this.#stop.signal.aborted ? 0 : ms);
    await promise;
    clearTimeout(timer);
  }

  /** Never throws: what could not be done now is done in a later turn. @returns how long nothing is known to be due */
  async #turn(): Promise<number> {
    const { store, catalogue, awaitedAfter = () => [], logger } = this.#options;
    try {
      if (performance.now() >= this.#lookAtMs) await this.#lookAtSchedules();
      await followEndedRuns(this.#options, { catalogue, awaitedAfter });
      await cancelAbandoned(this.#options);
      const { failed } = await runQuietBranches({ ...this.#options, db: store.db });
      await this.#startWaiting();
      // What has failed is due at once, and not likely to succeed then.
      const nextQuiet = failed > 0 ? new Date(Date.now() + afterFailureMs) : await nextQuietAt(store.db);
      const due = [await nextStartAt(store.db), nextQuiet];
      const dueInMs = due.map((at) => (at?.getTime() ?? Infinity) - Date.now());
      const lookInMs = this.#lookAtMs - performance.now();
      return Math.max(0, Math.min(longestPauseMs, lookInMs, ...dueInMs));
    } catch (error) {
      logger.error({ err: error }, 'Schedules and following pipelines not looked at');
      return afterFailureMs;
    }
  }

  async #lookAtSchedules(): Promise<void> {
    const soonest = await passSchedules({ ...this.#options, db: this.#options.store.db });
    const soonestInMs = (soonest?.getTime() ?? Infinity) - Date.now();
    this.#lookAtMs = performance.now() + Math.min(longestPauseMs, soonestInMs);
  }

  async #startWaiting(): Promise<void> {
    const { holdMs = defaultHoldMs, store } = this.#options;
    const { db } = store;
    for (let taken = 1; taken > 0 && !this.#stop.signal.aborted; ) {
      const full = [...this.#byRepository].flatMap(([name, count]) =>
        name !== null && count >= mostOfOneRepository ? [name] : [],
      );
      const events = await takeStartEvents(db, { limit: mostOfOneRepository, holdMs, exceptOf: full });
      taken = events.length;
      for (const event of events) {
        const start = () => handleStart({ ...this.#options, db }, event, this.#stop.signal);
        this.#keep(event.repository, held({ ...this.#options, db, holdMs }, event.id, start));
      }
    }
  }

  #keep(repository: string | null, start: Promise<void>): void {
    const count = (by: number) =>
      this.#byRepository.set(repository, (this.#byRepository.get(repository) ?? 0) + by);
    count(1);
    const kept = start
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error }, 'A run not started');
      })
      .finally(() => {
        count(-1);
        this.#underWay.delete(kept);
        this.ring();
      });
    this.#underWay.add(kept);
  }
}

interface Holding {
  db: Db;
  logger: Logger;
  holdMs: number;
}

/** Works on an event that nobody else takes meanwhile, however long that takes. */
async function held(
  { db, logger, holdMs }: Holding,
  eventId: string,
  work: () => Promise<void>,
): Promise<void> {
  const hold = setInterval(() => {
    holdEvent(db, eventId, holdMs).catch((error: unknown) => {
      logger.warn({ err: error, event: eventId }, 'An event is not held: another server may take it too');
    });
  }, holdMs / 3);
  try {
    await work();
  } finally {
    clearInterval(hold);
  }
}
