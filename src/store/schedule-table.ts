import type { ColumnType } from 'kysely';

/** How far the schedule of a pipeline has been followed. */
export interface ScheduleTable {
  pipeline: string;
  /** Its expression and time zone; another clock begins anew. */
  clock: string;
  /** Every time up to this one has been dealt with. */
  handled_until: ColumnType<Date, Date | string, Date | string>;
}
