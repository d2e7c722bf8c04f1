import { randomInt } from 'node:crypto';

/** What a seeded test draws from: the same seed gives the same draws. */
export type Draws = {
  seed: number;
  /** @returns one of them, each as likely as another */
  oneOf<T>(choices: readonly T[]): T;
  /** @returns so many different ones, in the order in which they were given */
  some<T>(choices: readonly T[], count: number): T[];
};

/** From TRUNKLINE_TEST_SEED, else a fresh one; a test prints it, so that its failure can be had again. */
export function drawsOfThisRun(): Draws {
  const given = process.env.TRUNKLINE_TEST_SEED;
  return drawsFrom(given === undefined ? randomInt(2 ** 31) : Number(given));
}

/** @param seed a whole number */
export function drawsFrom(seed: number): Draws {
  if (!Number.isSafeInteger(seed)) throw new Error(`TRUNKLINE_TEST_SEED must be a whole number, not ${seed}`);
  const next = mulberry32(seed);
  const oneOf: Draws['oneOf'] = (choices) => {
    const drawn = choices[Math.floor(next() * choices.length)];
    if (drawn === undefined) throw new Error('there is nothing to draw from');
    return drawn;
  };
  return {
    seed,
    oneOf,
    some(choices, count) {
      const drawn = new Set<(typeof choices)[number]>();
      while (drawn.size < Math.min(count, choices.length)) drawn.add(oneOf(choices));
      return choices.filter((choice) => drawn.has(choice));
    },
  };
}

/** A well-known generator of numbers in [0, 1) with 32 bits of state. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
