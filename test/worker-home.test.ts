import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openServerHome } from '../src/worker-home.ts';
import { runCommand } from './support/run-command.ts';
import { canMount, smallDisk } from './support/small-disk.ts';

test.runIf(canMount)('on a full disk a new worker says what to do, an old one is who it was', async () => {
  await using disk = await smallDisk('64k');
  const fill = () => runCommand('sh', ['-c', `cat /dev/zero > ${disk.path}/filler`]).catch(() => undefined);

  await fill();
  const first = openServerHome(disk.path);
  await expect(first).rejects.toMatchObject({
    code: 'disk-full',
    message: `Could not write into ${disk.path}: its disk is full`,
    hint: 'Free space there, then start again.',
  });
  await disk.free();
  const { workerId } = await closed(disk.path);
  await fill();
  const again = await closed(disk.path);

  expect(again.workerId).toBe(workerId);
  expect(await readdir(disk.path)).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/worker-id\./)]),
  );
});

async function closed(folder: string): Promise<{ workerId: string }> {
  await using home = await openServerHome(folder);
  return { workerId: home.workerId };
}
