import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface RestSettings {
  /** How often it is looked whether there is rest. */
  everyMs?: number;
  /** Less than this since the last time is not worth the pause, which is some 50 ms. */
  leastGrowthBytes?: number;
}

/** The share of time in which an event loop at rest may have worked. */
const mostWork = 0.02;

/**
 * Gives back what a busy time, or the start, has left on the heap, once there is nothing to do: V8 keeps it until it
 * needs room, which a server that waits for the next commit may not for days.
 */
export function giveBackMemoryAtRest({
  everyMs = 7_000,
  leastGrowthBytes = 24 * 1024 ** 2,
}: RestSettings = {}): Disposable {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  let keptBytes = 0;
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > mostWork || process.memoryUsage().heapTotal - keptBytes < leastGrowthBytes) return;
    collect();
    keptBytes = process.memoryUsage().heapTotal;
  }, everyMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
