import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('a line of 2 GiB takes less than 250 MiB of memory, and its two ends are kept', async () => {
  const program = join(import.meta.dirname, 'long-line-process.ts');

  // A process of its own: nothing else grows in it.
  const { stdout } = await run(process.execPath, [program]);

  const read = JSON.parse(stdout);
  expect(read).toMatchObject({ hasSecret: false, ends: 'the beginning … the end' });
  expect(read.keptMiB).toBeLessThanOrEqual(101);
  expect(read.keptMiB).toBeGreaterThan(75);
  expect(read.grownMiB).toBeLessThan(250);
});
