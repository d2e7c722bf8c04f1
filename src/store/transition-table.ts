import type { Counter, Timestamp } from './column-types.ts';

/** Written by triggers on `run` and `step`, never by us. */
export interface TransitionTable {
  run_id: string;
  seq: Counter;
  at: Timestamp;
  /** null: the run itself. */
  step_id: string | null;
  /** null: it was made. */
  from_state: string | null;
  to_state: string;
  outcome: string | null;
  reason: string | null;
  attempt: number | null;
  /** The worker that held the lease, else who asked for the cancel or the run. */
  who: string;
  /** Of that lease. */
  fencing: number | null;
}
