import type { Begun } from '../store/begin-alone.ts';
import { chooseAndBegin } from '../store/fair-order.ts';
import type { Engine } from './engine.ts';

/** How the places of one worker choose runs. */
export interface Turns {
  /**
   * Chooses a run and works on it; where it cannot be begun, on another one.
   * @param work resolves with whether the run could be begun, once its work has ended
   * @param jobOf whose job of the queue it is; null: the worker looks by itself
   */
  take(jobOf: string | null, work: (choice: Begun, onBegun: () => void) => Promise<boolean>): Promise<void>;
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

  function choose(jobOf: string | null, passed: readonly string[]): Promise<Begun | undefined> {
    const mine = turn.then(async () => {
      const choice = { jobOf, labels, chosen: [...chosen], passed };
      const begun = await chooseAndBegin(db, choice, { owner, labels, ttlMs });
      if (begun?.begun === null) chosen.add(begun.runId);
      return begun;
    });
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    async take(jobOf, work) {
      const passed: string[] = [];
      while (passed.length < mostPassed) {
        const choice = await choose(jobOf, passed);
        if (choice === undefined) return;
        const leave = () => void chosen.delete(choice.runId);
        if (await work(choice, leave).finally(leave)) return;
        passed.push(choice.runId);
      }
    },
  };
}
