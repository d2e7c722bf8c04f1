import type { Begun } from '../store/begin-alone.ts';
import type { EndStored } from '../store/end-together.ts';
import { offerToOthers } from '../store/run-queueing.ts';
import { redeliverRun } from './deliver-run.ts';
import type { Engine } from './engine.ts';
import { type Attempt, type Delivery, executeDelivery, type Hands } from './execute-delivery.ts';
import type { EndRun } from './execute-run.ts';
import type { Delivery as QueueDelivery } from './run-queue.ts';
import { takeTurns } from './take-turns.ts';

const mostAhead = 10_000;

/** A place that a run has. */
interface Place {
  /** The run has ended, and what is cleared away after it needs the place no more. */
  leave(): void;
}

type WorkerHands = Omit<Hands, 'onBegun' | 'endRun'>;

/** The places of a worker, each for one run at a time. */
export class Places {
  readonly #engine: Engine;
  readonly #count: number;
  readonly #hands: WorkerHands;
  readonly #turns: ReturnType<typeof takeTurns>;
  readonly #taken = new Set<Promise<unknown>>();
  /** What has left its place to another run; none does while there are as many as places. */
  readonly #clearing = new Set<Promise<unknown>>();
  /** Jobs that the queue still gave out after the drain had begun: they are for somebody else. */
  readonly #refused = new Set<string>();
  #isHoldingBack = false;
  /** There may be runs whose jobs somebody else had, or that wait behind the one that has just begun. */
  #isWanted = false;
  /** Ends under way that ask for the next run: while one does, more may wait. */
  #asking = 0;
  /** Runs that were begun while their own jobs were still in the queue: those are used up then. */
  readonly #ahead = new Set<string>();
  /** Resolves when a place is left, or a run was begun ahead of its job. */
  #news = Promise.withResolvers<void>();

  constructor(engine: Engine, count: number, hands: WorkerHands) {
    this.#engine = engine;
    this.#count = count;
    this.#hands = hands;
    this.#turns = takeTurns(engine);
  }

  /** One job of the queue is the permission to work on one run, whichever has its turn. */
  async serveJob({ runId, delivery }: QueueDelivery): Promise<void> {
    // A later job of the same run is for what has happened since.
    const isUsedUp = () => delivery === 0 && this.#ahead.has(runId);
    while (this.#taken.size >= this.#count && !isUsedUp()) await this.#news.promise;
    if (isUsedUp()) return void this.#ahead.delete(runId);
    if (this.#hands.draining.aborted) this.#refused.add(runId);
    else if (this.#isHoldingBack) await this.#giveBack(runId);
    else await this.#hold((place) => this.#takeTurn({ jobOf: runId }, place));
  }

  /** @returns whether there was a place for this very run */
  offer(runId: string): boolean {
    if (!this.#hasRoom()) return false;
    void this.#hold((place) => this.#execute({ runId }, place, () => undefined));
    return true;
  }

  /** @returns whether that is new */
  holdBack(isWished: boolean): boolean {
    const isNew = isWished !== this.#isHoldingBack;
    this.#isHoldingBack = isWished;
    return isNew;
  }

  noticeWanted(): void {
    this.#isWanted = true;
    this.#lookAround();
  }

  async emptied(): Promise<void> {
    while (this.#taken.size + this.#clearing.size > 0) await Promise.all([...this.#taken, ...this.#clearing]);
  }

  async giveBackRefused(): Promise<void> {
    for (const runId of this.#refused) {
      this.#refused.delete(runId);
      await this.#giveBack(runId);
    }
  }

  #hasRoom(): boolean {
    return this.#taken.size < this.#count && this.#isTaking();
  }

  #isTaking(): boolean {
    return !this.#isHoldingBack && !this.#hands.draining.aborted;
  }

  async #hold(work: (place: Place) => Promise<unknown>): Promise<void> {
    const leave = () => {
      this.#taken.delete(held);
      this.#clearing.add(held);
    };
    const held = work({ leave });
    this.#taken.add(held);
    await held.finally(() => {
      this.#taken.delete(held);
      this.#clearing.delete(held);
      // Before a job that waits for the place has it.
      this.#lookAround();
      this.#tellNews();
    });
  }

  #lookAround(): void {
    if (!this.#isWanted || !this.#hasRoom()) return;
    this.#isWanted = false;
    void this.#hold((place) => this.#takeTurn({ jobOf: null }, place));
  }

  /** @param begin.jobOf whose job it is; null: there may be something for a place that is free */
  async #takeTurn(begin: { jobOf: string | null; first?: Begun }, place: Place): Promise<void> {
    const { jobOf, first } = begin;
    let isServed = jobOf === null;
    const work = async (choice: Begun, leaveTurn: () => void): Promise<Attempt> => {
      if (!isServed && choice.runId !== jobOf) await this.#tellOthers(jobOf);
      isServed = true;
      return this.#execute(choice, place, () => {
        leaveTurn();
        const isNoted = choice === first && choice.begun !== null;
        if (jobOf === null && !isNoted) this.#noteAhead(choice.runId);
        // Where more wait, the next one is begun when this one has ended, without a way through the queue.
        if (jobOf === null) this.noticeWanted();
        else this.#isWanted = true;
      });
    };
    try {
      await this.#turns.take(begin, work);
      if (!isServed) await this.#tellOthers(jobOf);
    } catch (error) {
      const { logger } = this.#engine;
      logger.error({ err: error, runId: jobOf }, 'could not choose a run; it will be delivered again');
    }
  }

  /** The next run begins with the end of this one, and has its place, where more may wait and this worker takes more. */
  async #endRun(place: Place, store: Parameters<EndRun>[0]): Promise<EndStored> {
    const mayMoreWait = this.#isWanted || this.#asking > 0;
    if (!mayMoreWait || !this.#isTaking() || this.#clearing.size >= this.#count) return store(null);
    this.#isWanted = false;
    this.#asking += 1;
    const { next: first, ...stored } = await this.#turns
      .endWith(store)
      .catch((error: unknown) => {
        this.#isWanted = true;
        throw error;
      })
      .finally(() => {
        this.#asking -= 1;
      });
    if (first !== undefined) {
      if (first.begun !== null) this.#noteAhead(first.runId);
      place.leave();
      void this.#hold((mine) => this.#takeTurn({ jobOf: null, first }, mine));
    }
    return stored;
  }

  #noteAhead(runId: string): void {
    this.#ahead.add(runId);
    this.#tellNews();
    const [oldest] = this.#ahead;
    // Its own job may have been used for another run long ago.
    if (this.#ahead.size > mostAhead && oldest !== undefined) this.#ahead.delete(oldest);
  }

  #tellNews(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers();
    resolve();
  }

  /** The run of a job that is used up may ask for what only others have. */
  async #tellOthers(jobOf: string | null): Promise<void> {
    if (jobOf !== null) await offerToOthers(this.#engine.db, jobOf, this.#engine.labels);
  }

  #execute(delivery: Delivery, place: Place, onBegun: () => void): Promise<Attempt> {
    const endRun: EndRun = (store) => this.#endRun(place, store);
    return executeDelivery(this.#engine, delivery, { ...this.#hands, onBegun, endRun });
  }

  async #giveBack(runId: string): Promise<void> {
    const { db, queue, logger } = this.#engine;
    await redeliverRun(db, queue, runId).catch((error: unknown) =>
      logger.warn({ err: error, runId }, 'could not give a run back; the reconciler delivers it'),
    );
  }
}
