import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

/** In a process of its own, which nothing else makes larger. */
function removing(home: string): string {
  return `
    const { removeTree } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/runs/remove-tree.ts'))});
    const before = process.memoryUsage().rss;
    await removeTree(${JSON.stringify(home)});
    console.log((process.memoryUsage().rss - before) / 2 ** 20);
    await removeTree(${JSON.stringify(home)});`;
}
