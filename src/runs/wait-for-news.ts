import { setTimeout as delay } from 'node:timers/promises';
import { parkRun, readWakes } from '../store/waiting-runs.ts';
import type { Execution } from './execute-run.ts';
import { persist } from './persist.ts';

/** How often it is looked whether there is news, while other steps of the run work. */
const lookEveryMs = 2_000;
/** After news that came while the run was about to be left. */
const lookAgainMs = 100;

interface News {
  /** Leaves the run to itself until there is news. @returns false when there is some already */
  park(): Promise<boolean>;
  /**
   * Lets the steps that wait look again, when there is news or their time is up. Looks after the first of `running`,
   * and now and then before.
   */
  hear(running: Promise<void>[]): Promise<void>;
}

/** Steps that wait are to be looked at again, as if they had not begun. */
export function endWaits({ states, waits }: Pick<Execution, 'states' | 'waits'>): void {
  for (const stepId of waits.keys()) states.set(stepId, { state: 'pending', outcome: null });
  waits.clear();
}

/** What steps wait for happens elsewhere; it is counted on the run's row, and that count is compared. */
export function listenForNews({ engine, admitted, keeper, states, waits }: Execution): News {
  const { run, lease } = admitted;
  let heard = run.wakes;
  const until = () => Math.min(...[...waits.values()].map((wait) => wait.until.getTime()));
  return {
    async park() {
      if (keeper.stop.aborted) return false;
      const reason = [...waits.values()].map((wait) => wait.reason).join('; ');
      const parking = { wakeAt: new Date(until()), wakes: heard, reason };
      if (await persist(() => parkRun(engine.db, lease, parking), keeper.lost)) return true;
      keeper.lookNow();
      await delay(lookAgainMs);
      return false;
    },
    async hear(running) {
      if (running.length > 0) await oneOf(running);
      const { wakes, now } = await persist(() => readWakes(engine.db, run.id), keeper.lost);
      if (wakes === heard && now.getTime() < until()) return;
      heard = wakes;
      endWaits({ states, waits });
    },
  };
}

async function oneOf(running: Promise<void>[]): Promise<void> {
  const looking = new AbortController();
  const pause = delay(lookEveryMs, undefined, { signal: looking.signal }).catch(() => undefined);
  await Promise.race([...running, pause]).finally(() => looking.abort());
}
