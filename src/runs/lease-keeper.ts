import { Fault } from '../domain/fault.ts';
import type { StopReason } from '../domain/stop-reason.ts';
import type { Db } from '../store/database.ts';
import { type CancelRequest, type Lease, renewLease } from '../store/leases.ts';

/** Often enough that a cancel is seen within 3 s even when its notification was lost. */
const renewEveryMs = 2_000;
/**
 * The part of its time after which a lease that could not be renewed counts as lost: what runs for it has to have ended
 * before another worker may take the run over.
 */
const usablePart = 0.8;
/** How long a process may ask that stood still until its lease was over, and so could not ask in time. */
const askAgainMs = 2_000;

/** Keeps one lease alive and aborts `stop` when it is lost, or when somebody cancels the run. */
export interface LeaseKeeper extends AsyncDisposable {
  readonly stop: AbortSignal;
  /** Aborted only when the lease is lost, also after a cancel: from then on nothing may be written. */
  readonly lost: AbortSignal;
  /** Aborted when the run is another worker's from now on (lease lost, shutdown), also after a cancel. */
  readonly handedOver: AbortSignal;
  /** Looks now; called when a notification says that the run was cancelled. */
  lookNow(): void;
  /** This process must end now: aborts `stop`, so that another worker continues. */
  shutDown(): void;
}

/**
 * @param db whose connections nobody else keeps busy for long: a renewal that waits for one is a lease that is lost
 * @param known.cancel the wish of somebody who cancelled the run before this worker took it over
 */
export function keepLease(
  db: Db,
  lease: Lease,
  { ttlMs, cancel: known }: { ttlMs: number; cancel: CancelRequest | null },
): LeaseKeeper {
  const stopping = new AbortController();
  const losing = new AbortController();
  const handingOver = new AbortController();
  if (known !== null) stopping.abort(cancelled(known));
  const end = usableEnd({ spareMs: ttlMs * (1 - usablePart), lapsed: lose, askAgain: renew });
  let renewing: Promise<void> | undefined;

  function renew(): void {
    if (losing.signal.aborted) return;
    renewing ??= askForMore().finally(() => {
      renewing = undefined;
    });
  }

  async function askForMore(): Promise<void> {
    const askedAt = performance.now();
    try {
      const cancel = await renewLease(db, lease, ttlMs);
      end.set(askedAt + ttlMs * usablePart);
      if (cancel !== null) stopping.abort(cancelled(cancel));
    } catch (error) {
      if (error instanceof Fault && error.code === 'lease-lost') lose();
    }
  }

  function lose(): void {
    const reason: StopReason = { kind: 'lease-lost' };
    losing.abort(reason);
    handOver(reason);
  }

  function handOver(reason: StopReason): void {
    handingOver.abort(reason);
    stopping.abort(reason);
  }

  end.set(performance.now() + ttlMs * usablePart);
  const timer = setInterval(renew, renewEveryMs);
  return {
    stop: stopping.signal,
    lost: losing.signal,
    handedOver: handingOver.signal,
    lookNow: renew,
    shutDown: () => handOver({ kind: 'shutdown' }),
    // A renewal under way would prolong a lease that has just been given back.
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await renewing;
      end.clear();
    },
  };
}

/** Calls `lapsed` when a lease may not be used any more. */
function usableEnd({ spareMs, lapsed, askAgain }: { spareMs: number; lapsed(): void; askAgain(): void }) {
  let timer: NodeJS.Timeout | undefined;
  function at(time: number, then: (lateMs: number) => void): void {
    clearTimeout(timer);
    timer = setTimeout(() => then(performance.now() - time), Math.max(0, time - performance.now()));
  }
  return {
    set: (time: number): void =>
      at(time, (lateMs) => {
        // What is only a little late has to end what it runs before another worker may begin.
        if (lateMs < spareMs) return lapsed();
        // Nobody may have taken the run over meanwhile, as where the whole machine stood still.
        at(performance.now() + askAgainMs, lapsed);
        askAgain();
      }),
    clear: (): void => clearTimeout(timer),
  };
}

/** The run is still ours to hand over. */
export function isShuttingDown({ handedOver, lost }: Pick<LeaseKeeper, 'handedOver' | 'lost'>): boolean {
  return handedOver.aborted && !lost.aborted;
}

function cancelled(request: CancelRequest): StopReason {
  const { by, rollout, supersededBy } = request;
  return { kind: 'cancelled', by, rollout, ...(supersededBy !== null && { supersededBy }) };
}
