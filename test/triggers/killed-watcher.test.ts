import { expect, test } from 'vitest';
import { readUnderKills } from './read-under-kills.ts';

test.each([1, 2])(
  'a server killed -9 again and again during a burst reads each revision once and in order (seed %i)',
  async (seed) => {
    const read = await readUnderKills({ seed, kills: 3 });

    expect(read.runs).toEqual(read.revisions.map((revision) => `app trunk r${revision}`));
    expect(read.moves).toEqual(read.revisions);
  },
  120_000,
);
