import { expect, test } from 'vitest';
import { LowerHead } from '../../src/triggers/lower-head.ts';

test('a HEAD that stays lower is asked for again with growing pauses, and is no mirror after half a minute', () => {
  const lower = new LowerHead();

  const atFirst = lower.mayBeMirror(1_000);
  const pauses = [1_000, 3_000, 29_000].map((now) => lower.lookAgainInMs(now));
  const late = [30_999, 31_000].map((now) => lower.mayBeMirror(now));

  expect(atFirst).toBe(true);
  expect(pauses).toEqual([250, 2_000, 10_000]);
  expect(late).toEqual([true, false]);
});

test('a HEAD that was lower once more has its time again', () => {
  const lower = new LowerHead();

  lower.mayBeMirror(1_000);
  lower.isOver();

  expect(lower.isOpen).toBe(false);
  expect(lower.lookAgainInMs(2_000)).toBeUndefined();
  expect(lower.mayBeMirror(31_000)).toBe(true);
});
