import { chmod, mkdir, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyWorkingFolder } from '../../src/scm/copy-working-folder.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { signal } = new AbortController();

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function copyOf(folder: string, into: string): Promise<string[]> {
  const { files } = await copyWorkingFolder({ folder, into }, signal);
  const entries = await readdir(into, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(into.length + 1))
    .sort();
  expect(files).toBe(paths.length);
  return paths;
}

test.each([[['libs/x', 'build.gradle']], [['libs/x', '*']], [['libs/x/*', '*']]])(
  'of a sparse tree of %j come its folders and files alone',
  async (only) => {
    await using home = await temporaryFolder();
    const [folder, into] = [join(home.path, 'plain'), join(home.path, 'copy')];
    await write(folder, { 'libs/x/a': '', 'libs/x2/b': '', 'build.gradle': '', 'other/c': '' });

    const { files } = await copyWorkingFolder({ folder, into, only }, signal);

    expect(files).toBe(2);
    expect((await readdir(into, { recursive: true })).toSorted()).toEqual([
      'build.gradle',
      'libs',
      'libs/x',
      'libs/x/a',
    ]);
  },
);

test('of a checkout of Git comes what is there now, also what is new, and nothing that is ignored', async () => {
  await using home = await temporaryFolder();
  const folder = join(home.path, 'shop');
  await write(folder, { 'app/a b.txt': 'a', 'app/gone': '', 'app/ü': 'u', '.gitignore': 'out/\n*.log\n' });
  await runCommand('git', ['init', '--quiet', folder]);
  await runCommand('git', ['-C', folder, 'add', '.']);
  await rm(join(folder, 'app/gone'));
  await write(folder, { 'app/new/x.sh': 'x', 'app/out/big': 'b', 'app/x.log': 'l' });
  await chmod(join(folder, 'app/new/x.sh'), 0o755);
  await symlink('../elsewhere', join(folder, 'app/link'));

  const paths = await copyOf(join(folder, 'app'), join(home.path, 'copy'));

  expect(paths).toEqual(['a b.txt', 'link', 'new/x.sh', 'ü']);
  expect(await readlink(join(home.path, 'copy/link'))).toBe('../elsewhere');
  expect((await stat(join(home.path, 'copy/new/x.sh'))).mode & 0o777).toBe(0o755);
});

test('of a working copy of Subversion comes everything but what it ignores, and its own folder', async () => {
  await using subversion = await startSubversion();
  await using home = await temporaryFolder();
  await subversion.commit({ files: { 'trunk/app/a': 'a', 'trunk/app/sub/b': 'b' } });
  const folder = join(home.path, 'trunk');
  await runCommand('svn', ['checkout', '--quiet', `${subversion.root}/trunk`, folder]);
  await runCommand('svn', ['propset', '--quiet', 'svn:ignore', 'out\nü x', join(folder, 'app/sub')]);
  await write(folder, { 'app/sub/out/big': 'b', 'app/sub/ü x': 'u', 'app/sub/x.o': 'o', 'app/new': 'n' });

  expect(await copyOf(folder, join(home.path, 'copy'))).toEqual(['app/a', 'app/new', 'app/sub/b']);
});

test('of any other folder comes all of it, but for metadata of version control', async () => {
  await using home = await temporaryFolder();
  const folder = join(home.path, 'plain');
  await write(folder, { a: 'a', 'lib/.git/config': '', 'lib/b.o': 'b' });

  expect(await copyOf(folder, join(home.path, 'copy'))).toEqual(['a', 'lib/b.o']);
});

test('a copy that is stopped ends with the reason', async () => {
  await using home = await temporaryFolder();
  await write(join(home.path, 'plain'), { a: 'a' });
  const stop = AbortSignal.abort(new Error('stopped'));

  const copy = copyWorkingFolder({ folder: join(home.path, 'plain'), into: join(home.path, 'copy') }, stop);

  await expect(copy).rejects.toThrow('stopped');
});
