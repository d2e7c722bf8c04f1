import { setTimeout as delay } from 'node:timers/promises';
import type { DemoCluster } from '../cluster/demo-cluster.ts';

/** Asks the service for its version all the time, one question after the other, as its users would. */
export interface Visitor extends AsyncDisposable {
  /** What was answered since the last call, and how many questions had no answer. */
  report(): Visits;
}

export interface Visits {
  asked: number;
  failed: number;
  /** Version -> how often it answered. */
  answers: Record<string, number>;
}

const pauseMs = 50;

export function startVisitor(cluster: DemoCluster): Visitor {
  const ending = new AbortController();
  let visits: Visits = { asked: 0, failed: 0, answers: {} };
  const visit = async () => {
    const answer = await cluster.ask('version', ending.signal).catch(() => undefined);
    if (ending.signal.aborted) return;
    visits.asked += 1;
    if (answer === undefined) visits.failed += 1;
    else visits.answers[answer] = (visits.answers[answer] ?? 0) + 1;
  };
  const visiting = (async () => {
    while (!ending.signal.aborted) {
      await visit();
      await delay(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return {
    report() {
      const seen = visits;
      visits = { asked: 0, failed: 0, answers: {} };
      return seen;
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await visiting;
    },
  };
}
