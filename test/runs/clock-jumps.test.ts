import { expect, test } from 'vitest';
import { clockJumps } from '../../src/runs/clock-jumps.ts';

test('a clock that is set is told by how much, once; one that goes on is not', () => {
  const jumpOf = clockJumps();

  const jumps = [
    jumpOf(1_000_000, 500),
    jumpOf(1_003_000, 3_500),
    jumpOf(8_206_000, 6_500),
    jumpOf(8_209_000, 9_500),
    jumpOf(1_012_000, 12_500),
  ];

  expect(jumps).toEqual([null, 0, 7_200_000, 0, -7_200_000]);
});
