import { expect, test } from 'vitest';
import { drawsFrom } from '../seed.ts';

const choices = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

test('one seed gives the same draws again, another one others', () => {
  const drawn = [1, 1, 2].map((seed) => {
    const draws = drawsFrom(seed);
    return [...draws.some(choices, 3), ...Array.from({ length: 20 }, () => draws.oneOf(choices))].join('');
  });

  expect(drawn[1]).toBe(drawn[0]);
  expect(drawn[2]).not.toBe(drawn[0]);
  expect(drawsFrom(3).some(choices, 9)).toEqual(choices);
});
