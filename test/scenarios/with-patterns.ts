import { expect } from 'vitest';

/** What a scenario expects: a text between slashes is a regular expression. */
export function withPatterns(expected: unknown): unknown {
  if (typeof expected === 'string') {
    const pattern = /^\/(.+)\/$/.exec(expected)?.[1];
    return pattern === undefined ? expected : expect.stringMatching(new RegExp(pattern));
  }
  if (Array.isArray(expected)) return expected.map(withPatterns);
  if (typeof expected !== 'object' || expected === null) return expected;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, withPatterns(value)]));
}
