import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSubversion } from '../../support/subversion.ts';
import { noStop, subversionAt } from './subversion-at.ts';

test('a tree that is larger than allowed is refused while it is exported, and leaves nothing', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/文件.txt': 'x'.repeat(600), 'trunk/app/b.txt': 'x'.repeat(600) } });
  await using source = await subversionAt(svn.root, { limits: { treeBytes: 1_000 } });
  const request = { path: 'trunk/app', revision: '1', into: join(source.folder, 'tree') };

  const exported = source.scm.exportTree(request, noStop());

  await expect(exported).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('the tree is larger than 1000 bytes'),
    isRetryable: false,
  });
  expect(await readdir(source.folder)).not.toContain('tree');
});
