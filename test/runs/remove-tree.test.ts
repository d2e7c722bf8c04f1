import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../../src/runs/remove-tree.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a tree of a hundred thousand files is removed in little memory, and what its links lead to is left', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  await mkdir(join(home, 'tree/empty'), { recursive: true });
  await writeFile(join(folder.path, 'kept'), '');
  await symlink(folder.path, join(home, 'up'));
  await runCommand('sh', ['-c', `cd '${home}/tree' && seq 1 100000 | xargs touch`]);

  const grown = await runCommand(process.execPath, ['--input-type=module', '--eval', removing(home)]);

  expect(Number(grown)).toBeLessThan(120);
  expect(await readdir(folder.path)).toEqual(['kept']);
});

test('what cannot be removed is told, and harms nothing else', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  await runCommand('sh', [
    '-c',
    `mkdir '${home}' && cd '${home}' && mkdir $(seq 1 50) && touch $(seq -f f%g 1 50)`,
  ]);
  await using _mounts = await busyFiles(home);

  await expect(removeTree(home)).rejects.toMatchObject({ code: 'EBUSY' });

  expect((await readdir(home)).every((name) => name.startsWith('f'))).toBe(true);
});

test('a link is removed, not what it leads to', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'others'));
  await writeFile(join(folder.path, 'others/kept'), '');
  await symlink('others', join(folder.path, 'link'));

  await removeTree(join(folder.path, 'link'));

  expect(await readdir(folder.path)).toEqual(['others']);
  expect(await readdir(join(folder.path, 'others'))).toEqual(['kept']);
});

/** Nobody, root included, can remove a file on which something is mounted. */
async function busyFiles(folder: string): Promise<AsyncDisposable> {
  const files = (await readdir(folder))
    .filter((name) => name.startsWith('f'))
    .map((name) => join(folder, name));
  for (const file of files) await runCommand('mount', ['--bind', file, file]);
  return {
    async [Symbol.asyncDispose]() {
      for (const file of files) await runCommand('umount', [file]);
    },
  };
}

/** In a process of its own, which nothing else makes larger. */
function removing(home: string): string {
  return `
    const { removeTree } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/runs/remove-tree.ts'))});
    const before = process.memoryUsage().rss;
    await removeTree(${JSON.stringify(home)});
    console.log((process.memoryUsage().rss - before) / 2 ** 20);
    await removeTree(${JSON.stringify(home)});`;
}
