import { expect, test } from 'vitest';
import { readUnderKills } from './read-under-kills.ts';

/** Fifty kills with other seeds: test/soak. */
test('a server killed -9 again and again during a burst reads each revision once and in order', async () => {
  const read = await readUnderKills({ seed: 1, kills: 3 });

  expect(read.runs).toEqual(read.revisions.map((revision) => `app trunk r${revision}`));
  expect(read.moves).toEqual(read.revisions);
}, 120_000);
