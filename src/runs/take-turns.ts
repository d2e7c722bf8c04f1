import type { Db } from '../store/database.ts';
import { chooseRun } from '../store/fair-order.ts';

/** How the places of one worker choose runs. */
export interface Turns {
  /**
   * Chooses a run and begins it; where it cannot be begun, another one.
   * @param begin resolves with whether the run could be begun, once its work has ended
   * @param jobOf whose job of the queue it is; null: the worker looks by itself
   * @returns whether a run was begun
   */
  take(
    jobOf: string | null,
    begin: (runId: string, onBegun: () => void) => Promise<boolean>,
  ): Promise<boolean>;
}

/** More than could ever be in one another's way at one moment. */
const mostPassed = 20;

/** One place chooses at a time: two that look at once would choose the same run. */
export function takeTurns(db: Db, labels: readonly string[]): Turns {
  const chosen = new Set<string>();
  let turn: Promise<unknown> = Promise.resolve();

  function choose(jobOf: string | null, passed: readonly string[]): Promise<string | undefined> {
    const mine = turn.then(async () => {
      const runId = await chooseRun(db, { jobOf, labels, chosen: [...chosen], passed });
      if (runId !== undefined) chosen.add(runId);
      return runId;
    });
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    async take(jobOf, begin) {
      const passed: string[] = [];
      while (passed.length < mostPassed) {
        const runId = await choose(jobOf, passed);
        if (runId === undefined) return false;
        const leave = () => void chosen.delete(runId);
        if (await begin(runId, leave).finally(leave)) return true;
        passed.push(runId);
      }
      return false;
    },
  };
}
