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

interface IdleLimit extends Limit {
  noticeLife(): void;
  /** What holds the attempt up is not its silence. */
  whileHeldUp(hold: Promise<void>): Promise<void>;
}

/** Ends an attempt that shows no sign of life for so long; undefined: no limit. */
export function idleLimit(afterMs: number | undefined): IdleLimit {
  const controller = new AbortController();
  const reason: StopReason = { kind: 'timed-out', afterMs: afterMs ?? 0, isIdle: true };
  const timer = afterMs === undefined ? null : setTimeout(() => controller.abort(reason), afterMs);
  // Once it is up, it stays so: refreshing would set it again.
  const noticeLife = () => void (controller.signal.aborted || timer?.refresh());
  return {
    signal: controller.signal,
    noticeLife,
    async whileHeldUp(hold) {
      if (afterMs === undefined) return hold;
      const alive = setInterval(noticeLife, afterMs / 2);
      await hold.finally(() => clearInterval(alive));
      noticeLife();
    },
    [Symbol.dispose]: () => clearTimeout(timer ?? undefined),
  };
}
