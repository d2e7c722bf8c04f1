import type { Begun } from '../store/begin-alone.ts';
import { chooseAndBegin, type Turn } from '../store/fair-order.ts';
import type { Engine } from './engine.ts';
import type { Attempt } from './execute-delivery.ts';

/** How the places of one worker choose runs. */
export interface Turns {
  /**
   * Chooses a run and works on it; where it cannot be begun, on another one.
   * @param work resolves with whether the run could be begun, once its work has ended; where it `waits`, the later ones of
   * its group are not tried either
   * @param jobOf whose job of the queue it is; null: the worker looks by itself
   */
  take(jobOf: string | null, work: (choice: Begun, onBegun: () => void) => Promise<Attempt>): Promise<void>;
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

  function choose(jobOf: string | null, tried: Pick<Turn, 'passed' | 'waiting'>): Promise<Begun | undefined> {
    const mine = turn.then(async () => {
      const choice = { jobOf, labels, chosen: [...chosen], ...tried };
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
      const waiting: string[] = [];
      while (passed.length < mostPassed) {
        const choice = await choose(jobOf, { passed, waiting });
        if (choice === undefined) return;
        const leave = () => void chosen.delete(choice.runId);
        const attempt = await work(choice, leave).finally(leave);
        if (attempt === 'begun') return;
        passed.push(choice.runId);
        if (attempt === 'waiting') waiting.push(choice.runId);
      }
    },
  };
}
