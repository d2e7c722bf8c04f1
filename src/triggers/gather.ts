import { setImmediate as endOfTurn } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';

/**
 * Turns single requests into batches without making any of them wait for company: what comes in one turn of the event
 * loop goes together, and what comes while as many batches as may are at work forms the next one (the group commit of
 * databases).
 * @param work answers every item, in order; when it fails for several, and not with a `Fault`, each is tried alone, so
 *   that one bad item spoils nobody else's
 */
export function gather<Item, Answer>(
  work: (items: Item[]) => Promise<Answer[]>,
  { most, atOnce = 1 }: GatherLimits,
): (item: Item) => Promise<Answer> {
  const waiting: Request<Item, Answer>[] = [];
  let working = 0;
  let isForming = false;

  async function workOff(): Promise<void> {
    working += 1;
    while (waiting.length > 0 && !isForming) {
      isForming = true;
      await endOfTurn();
      isForming = false;
      await settle(waiting.splice(0, most), work);
    }
    working -= 1;
  }

  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    waiting.push({ item, resolve, reject });
    if (!isForming && working < atOnce) void workOff();
    return promise;
  };
}

export interface GatherLimits {
  /** Items in a batch. */
  most: number;
  /** Batches at work. With more than one, what comes later may be done sooner. */
  atOnce?: number;
}

interface Request<Item, Answer> extends Pick<PromiseWithResolvers<Answer>, 'resolve' | 'reject'> {
  item: Item;
}

async function settle<Item, Answer>(
  batch: Request<Item, Answer>[],
  work: (items: Item[]) => Promise<Answer[]>,
): Promise<void> {
  try {
    const answers = await work(batch.map(({ item }) => item));
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
  } catch (error) {
    // A database that is away is no item's doing, and each would wait for it in turn.
    if (batch.length > 1 && !(error instanceof Fault)) {
      for (const request of batch) await settle([request], work);
    } else {
      for (const { reject } of batch) reject(error);
    }
  }
}
