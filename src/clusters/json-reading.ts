import type { Json, JsonObject } from '../domain/json.ts';

/** The record, or an empty one: for reading optional structure without a chain of checks. */
export function recordOf(value: unknown): JsonObject {
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** Milliseconds since the epoch; NaN when the text is no time. */
export function timeOf(value: unknown): number {
  return Date.parse(textOf(value));
}

/** The value at a path of keys, or undefined as soon as one is missing. */
export function at(value: unknown, ...path: string[]): Json | undefined {
  let current: Json | undefined = value as Json | undefined;
  for (const key of path) current = recordOf(current)[key];
  return current;
}
