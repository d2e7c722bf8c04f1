import type { Begun } from '../store/begin-alone.ts';
import type { EndStored, Successor } from '../store/end-together.ts';
import { chooseAndBegin, type Turn } from '../store/fair-order.ts';
import type { Engine } from './engine.ts';
import type { Attempt } from './execute-delivery.ts';

/** How the places of one worker choose runs. */
export interface Turns {
  /**
   * Chooses a run and works on it; where it cannot be begun, on another one.
   * @param begin.jobOf whose job of the queue it is; null: the worker looks by itself
   * @param begin.first the first choice, where it has been made
   * @param work resolves with whether the run could be begun, once its work has ended; where it `waits`, the later ones of
   * its group are not tried either
   */
  take(
    begin: { jobOf: string | null; first?: Begun | undefined },
    work: (choice: Begun, onBegun: () => void) => Promise<Attempt>,
  ): Promise<void>;
  /** Stores the end of a run so that the next one begins with it. The caller takes the turn with it as the first choice. */
  endWith(store: (successor: Successor) => Promise<EndStored>): Promise<EndStored>;
}

/** More than could ever be in one another's way at one moment. */
const mostPassed = 20;

/** One place chooses at a time: two that look at once would choose the same run. */
export function takeTurns({
  db,
  labels,
  owner,
  leaseTtlMs: ttlMs,
}: Pick<Engine, 'db' | 'labels' | 'owner' | 'leaseTtlMs'>): Turns {
  const chosen = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = turn.then(act);
    turn = mine.catch(() => undefined);
    return mine;
  }

  function choose(jobOf: string | null, tried: Pick<Turn, 'passed' | 'waiting'>): Promise<Begun | undefined> {
    return inTurn(async () => {
      const choice = { jobOf, labels, chosen: [...chosen], ...tried };
      return note(await chooseAndBegin(db, choice, { owner, ttlMs }));
    });
  }

  function note(choice: Begun | undefined): Begun | undefined {
    if (choice?.begun === null) chosen.add(choice.runId);
    return choice;
  }

  return {
    async take({ jobOf, first }, work) {
      const passed: string[] = [];
      const waiting: string[] = [];
      let choice = first ?? (await choose(jobOf, { passed, waiting }));
      while (choice !== undefined) {
        const { runId } = choice;
        const leave = () => void chosen.delete(runId);
        const attempt = await work(choice, leave).finally(leave);
        if (attempt === 'begun') return;
        passed.push(runId);
        if (attempt === 'waiting') waiting.push(runId);
        if (passed.length >= mostPassed) return;
        choice = await choose(jobOf, { passed, waiting });
      }
    },
    async endWith(store) {
      const stored = await store({ owner, labels, ttlMs, chosen: [...chosen] });
      note(stored.next);
      return stored;
    },
  };
}
