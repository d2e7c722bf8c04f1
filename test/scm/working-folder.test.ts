import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeFolder } from '../../src/scm/working-folder.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a checkout of Git is described by its branch and its commit', async () => {
  await using folder = await temporaryFolder();
  const git = (...args: string[]) =>
    runCommand('git', [
      '-C',
      folder.path,
      '-c',
      'user.name=ada',
      '-c',
      'user.email=ada@example.com',
      ...args,
    ]);
  await git('init', '--quiet', '--initial-branch=side');
  const before = await describeFolder(folder.path);
  await writeFile(join(folder.path, 'a'), 'a');
  await git('add', '.');
  await git('commit', '--quiet', '--message=a');

  const after = await describeFolder(folder.path);

  expect(before).toEqual({ kind: 'git', branch: 'side', revision: null });
  expect(after).toEqual({ kind: 'git', branch: 'side', revision: expect.stringMatching(/^[\da-f]{40}$/) });
});

test('a working copy of Subversion is described by its branch and its revision, also from a folder in it', async () => {
  await using subversion = await startSubversion();
  await using folder = await temporaryFolder();
  await subversion.commit({ files: { 'branches/a b/src/x': 'x' } });
  const copy = join(folder.path, 'copy');
  await runCommand('svn', ['checkout', '--quiet', `${subversion.root}/branches/a b`, copy]);

  const described = await describeFolder(join(copy, 'src'));

  expect(described).toEqual({ kind: 'svn', branch: 'branches/a b', revision: '1' });
});

test('any other folder is described as none', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'a'));

  expect(await describeFolder(folder.path)).toBeNull();
});
