import type { ColumnType } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { Counter, JsonColumn, Timestamp } from './column-types.ts';

/** What has ended, counted: a total stays when retention removes what it counts. */
export interface MetricTotalTable {
  name: string;
  labels: JsonColumn<JsonObject>;
  /** The smallest limit of the histogram that the values are not above; Infinity above all, and of what is no histogram. */
  le: number;
  count: Counter;
  /** Of the values. */
  sum: number;
}

/** One row: what ended up to then is in the totals. */
export interface MetricMarkTable {
  is_only: ColumnType<boolean, never, never>;
  counted_until: Timestamp;
}
