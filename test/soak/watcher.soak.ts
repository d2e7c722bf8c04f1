import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readUnderKills } from '../triggers/read-under-kills.ts';

const run = promisify(execFile);
const moreMiB = 150;

test.each([7])(
  'a watcher killed -9 at 50 random moments of a burst loses nothing and doubles nothing (seed %i)',
  async (seed) => {
    const read = await readUnderKills({ seed, kills: 50 });

    expect(read.runs).toEqual(read.revisions.map((revision) => `app trunk r${revision}`));
    expect(read.moves).toEqual(read.revisions);
  },
);

test('a commit of 100,000 paths takes under 150 MB more memory, and the next one is read in the same cycle', async () => {
  const program = join(import.meta.dirname, 'huge-revision-process.ts');

  // A process of its own: nothing else grows in it.
  const { stdout } = await run(process.execPath, [program]);

  const read = JSON.parse(stdout);
  expect(read).toMatchObject({ runs: ['app trunk r2', 'app trunk r3'], paths: [100_100, 1] });
  expect(read.grownMiB).toBeLessThan(moreMiB);
});
