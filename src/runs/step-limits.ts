import type { StopReason } from '../domain/stop-reason.ts';

type Limit = Disposable & { signal: AbortSignal };

/** Timers count up to here, 24 days; whatever is longer they would end at once. An approval may wait for longer. */
const longestTimerMs = 2 ** 31 - 1;

/** Ends an attempt that lasts too long. */
export function timeLimit(afterMs: number): Limit {
  const controller = new AbortController();
  const reason: StopReason = { kind: 'timed-out', afterMs };
  const timer = setTimeout(() => controller.abort(reason), Math.min(afterMs, longestTimerMs));
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Ends an attempt that shows no sign of life for so long; undefined: no limit. */
export function idleLimit(afterMs: number | undefined): Limit & { noticeLife(): void } {
  const controller = new AbortController();
  const reason: StopReason = { kind: 'timed-out', afterMs: afterMs ?? 0, isIdle: true };
  const timer = afterMs === undefined ? null : setTimeout(() => controller.abort(reason), afterMs);
  return {
    signal: controller.signal,
    // Once it is up, it stays so: refreshing would set it again.
    noticeLife: () => void (controller.signal.aborted || timer?.refresh()),
    [Symbol.dispose]: () => clearTimeout(timer ?? undefined),
  };
}
