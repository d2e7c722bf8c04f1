import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canMount, smallDisk } from '../../support/small-disk.ts';
import { startSubversion } from '../../support/subversion.ts';
import { startStallingProxy } from './stalling-proxy.ts';
import { noStop, subversionAt } from './subversion-at.ts';

test('a disk that becomes full is said to be full, and gets its space back', async ({ skip }) => {
  skip(!canMount, 'only root can mount a small disk');
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/big.bin': Buffer.alloc(3_000_000, 1) } });
  await using source = await subversionAt(svn.root);
  await using disk = await smallDisk('1m');

  const exporting = source.scm.exportTree(
    { path: 'trunk', revision: '1', into: join(disk.path, 'tree') },
    noStop(),
  );

  await expect(exporting).rejects.toMatchObject({ code: 'disk-full', isRetryable: true });
  expect(await readdir(disk.path)).toEqual([]);
});

test('a tree that does not fit on the disk any more is not begun', async ({ skip }) => {
  skip(!canMount, 'only root can mount a small disk');
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/big.bin': Buffer.alloc(600_000, 1) } });
  await svn.commit({ files: { 'trunk/small.txt': 'a' } });
  await using proxy = await startStallingProxy(svn.root);
  await using source = await subversionAt(proxy.url);
  await using disk = await smallDisk('1m');
  const fetch = (name: string) =>
    source.scm.exportTree({ path: 'trunk', revision: '2', into: join(disk.path, name) }, noStop());
  await fetch('first');
  const before = proxy.received();

  await expect(fetch('second')).rejects.toMatchObject({
    code: 'disk-full',
    isRetryable: true,
    message: expect.stringContaining('was not begun: it took'),
  });

  expect(proxy.received()).toBe(before);
  await rm(join(disk.path, 'first'), { recursive: true });
  expect(await fetch('second')).toMatchObject({ files: 2 });
});

test('how large the tree of a branch was does not keep the smaller one of another branch out', async ({
  skip,
}) => {
  skip(!canMount, 'only root can mount a small disk');
  await using svn = await startSubversion();
  const files = { 'trunk/app/big.bin': Buffer.alloc(600_000, 1), 'branches/small/app/small.txt': 'a' };
  await svn.commit({ files });
  await using source = await subversionAt(svn.root);
  await using disk = await smallDisk('1m');
  const fetch = (branch: string) => {
    const into = join(disk.path, branch.replace('/', '-'));
    return source.scm.exportTree({ branch, path: 'app', revision: '1', into }, noStop());
  };
  await fetch('trunk');

  expect(await fetch('branches/small')).toMatchObject({ files: 1 });
});
