import type { ColumnType } from 'kysely';

/** Written as a Date or left to the database's clock; read as a Date. */
export type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
export type Nullable<Value> = ColumnType<Value | null, Value | null | undefined, Value | null>;
export type NullableTimestamp = ColumnType<
  Date | null,
  Date | string | null | undefined,
  Date | string | null
>;
export type JsonColumn<T> = ColumnType<T, string, string>;
export type NullableJsonColumn<T> = ColumnType<T | null, string | null | undefined, string | null>;
/** `bigint`, parsed to a number by the connection (our counters stay far below 2^53). */
export type Counter = ColumnType<number, number, number>;
