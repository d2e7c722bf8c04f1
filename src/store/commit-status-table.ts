import type { Generated } from 'kysely';
import type { Nullable, NullableTimestamp } from './column-types.ts';

/** What the Git server was told of a run. */
export interface CommitStatusTable {
  run_id: string;
  /** A `RunStanding`, the last that was told; null: none was yet. */
  told: Nullable<string>;
  /** Since the last that was told. */
  attempts: Generated<number>;
  /** Until then it is in somebody's hands, or waits to be tried again. */
  retry_at: NullableTimestamp;
  /** One line: why the last one was not told. */
  error: Nullable<string>;
}
