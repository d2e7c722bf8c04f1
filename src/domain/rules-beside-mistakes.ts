import type { z } from 'zod';

/**
 * For a rule about several keys (`refine`, `superRefine`): it is asked also where others of these keys have mistakes, so
 * that all are told at once. What it reads may then be of any type, as it was written.
 */
export const besideMistakes = { when: ({ value }: z.core.ParsePayload): boolean => isMap(value) };

/** The same for a rule about several entries of a list. */
export const besideListMistakes = { when: ({ value }: z.core.ParsePayload): boolean => Array.isArray(value) };

/**
 * The same for a rule that misses something: not where a key is unknown, since that may be what it misses, misspelt.
 */
export const besideKnownKeys = {
  when: ({ value, issues }: z.core.ParsePayload): boolean =>
    isMap(value) && !issues.some(({ code, path = [] }) => code === 'unrecognized_keys' && path.length === 0),
};

function isMap(value: unknown): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
