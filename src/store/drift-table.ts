import type { ObjectDrift } from '../domain/drift.ts';
import type { JsonColumn, Nullable, NullableTimestamp } from './column-types.ts';

/** One row an environment: what the last look at it has found. */
export interface DriftReportTable {
  environment: string;
  /** null: nobody has looked yet. */
  looked_at: NullableTimestamp;
  objects: JsonColumn<ObjectDrift[]>;
  /** Why the last look came to nothing. */
  problem: Nullable<string>;
  /** When somebody asked for a look that has not been taken yet. */
  wanted_at: NullableTimestamp;
  /** A worker looks now, until when at the latest. */
  claimed_until: NullableTimestamp;
}
