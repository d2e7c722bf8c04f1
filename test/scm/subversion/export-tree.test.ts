import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExportRequest } from '../../../src/scm/source-control.ts';
import { runCommand } from '../../support/run-command.ts';
import { type Subversion, startSubversion } from '../../support/subversion.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { noStop, type SubversionUnderTest, subversionAt } from './subversion-at.ts';

test('a tree is exported whole, with its names, and without a trace of Subversion', async () => {
  await using svn = await startSubversion();
  const files = {
    'trunk/app/a b/100%.txt': 'percent',
    'trunk/app/q?#x': 'question',
    'trunk/app/rel@1/文件.txt': 'at',
    'trunk/app/-m': 'dash',
    'trunk/application.txt': 'a neighbour',
  };
  await svn.commit({ files });
  await using source = await subversionAt(svn.root);
  const into = join(source.folder, 'deep/tree');

  const tree = await source.scm.exportTree({ path: 'trunk/app', revision: '1', into }, noStop());

  expect(tree).toMatchObject({
    files: 4,
    bytes: 'percent'.length + 'question'.length + 'at'.length + 'dash'.length,
  });
  expect((await filesIn(into)).toSorted()).toEqual(['-m', 'a b/100%.txt', 'q?#x', 'rel@1/文件.txt']);
  expect(await readFile(join(into, 'rel@1/文件.txt'), 'utf8')).toBe('at');
});

test('the tree of a revision is exported after its path was deleted and replaced', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'first' } });
  await svn.commit({ files: { 'trunk/app': null } });
  await svn.commit({ files: { 'trunk/app/b.txt': 'another lineage' } });
  await using source = await subversionAt(svn.root);
  const into = join(source.folder, 'tree');

  await source.scm.exportTree({ path: 'trunk/app', revision: '1', into }, noStop());

  expect(await filesIn(into)).toEqual(['a.txt']);
});

test('the same revision gives the same tree, its times and permissions included, whatever the umask is', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/run.sh': 'x', 'trunk/d/a.txt': 'y' } });
  await changeOnServer(svn, ['propset', 'svn:executable', '*', 'trunk/run.sh']);
  await using source = await subversionAt(svn.root);
  const before = process.umask(0o077);
  try {
    await exportTrunk(source, { revision: '2', into: 'strict' });
    process.umask(0);
    await exportTrunk(source, { revision: '2', into: 'loose' });
  } finally {
    process.umask(before);
  }

  const seen = async (name: string) => {
    const found = await stat(join(source.folder, name));
    return `${(found.mode & 0o7777).toString(8)} ${found.isFile() ? found.mtimeMs : ''}`;
  };
  expect(await seen('strict')).toBe('755 ');
  expect(await seen('strict/d')).toBe('755 ');
  expect(await seen('strict/run.sh')).toMatch(/^755 /);
  expect(await seen('strict/d/a.txt')).toMatch(/^644 /);
  expect(await seen('strict/run.sh')).toBe(await seen('loose/run.sh'));
  expect(await seen('strict/d/a.txt')).toBe(await seen('loose/d/a.txt'));
});

test('Chinese names survive a server without any environment', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/中文/文件.txt': '内容' } });
  await using folder = await temporaryFolder();
  const program = `
    import { noStop, subversionAt } from './test/scm/subversion/subversion-at.ts';
    await using source = await subversionAt(${JSON.stringify(svn.root)});
    const names = await source.scm.list({ path: 'trunk', revision: '1' }, noStop());
    const into = ${JSON.stringify(folder.path)};
    await source.scm.exportTree({ path: 'trunk/' + names[0], revision: '1', into }, noStop());`;

  await runCommand(process.execPath, ['--input-type=module', '--eval', program], { env: {} });

  expect(await filesIn(folder.path)).toEqual(['文件.txt']);
});

test.each([
  ['an absolute link', 'd/link', '/etc/passwd'],
  ['a link that climbs too far', 'd/link', '../../outside'],
  ['a link that climbs out behind a name', 'd/link', 'x/../../../outside'],
  ['a link out of the top', 'link', '..'],
])('%s is refused by name, and nothing is left behind', async (_title, name, target) => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/d/a.txt': 'a' } });
  await commitLink(svn, { path: `trunk/${name}`, target });
  await using source = await subversionAt(svn.root);

  const exporting = exportTrunk(source, { revision: '2', into: 'tree' });

  await expect(exporting).rejects.toMatchObject({
    code: 'scm-broken-tree',
    isRetryable: false,
    message: expect.stringContaining(JSON.stringify(name)),
  });
  expect(await readdir(source.folder)).toEqual([]);
});

test('links inside the tree are kept, dangling ones too', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/d/e/a.txt': 'a' } });
  await commitLink(svn, { path: 'trunk/d/e/up', target: '../../d/./e/a.txt' });
  await commitLink(svn, { path: 'trunk/d/top', target: '..' });
  await commitLink(svn, { path: 'trunk/none', target: 'nowhere/at/all' });
  await using source = await subversionAt(svn.root);

  const tree = await exportTrunk(source, { revision: '4', into: 'tree' });

  expect(tree.files).toBe(4);
  expect(await readlink(join(source.folder, 'tree/d/e/up'))).toBe('../../d/./e/a.txt');
});

test('a folder named .svn in the repository is refused', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/d/.svn/wc.db': 'x' } });
  await using source = await subversionAt(svn.root);

  const exporting = exportTrunk(source, { revision: '1', into: 'tree' });

  await expect(exporting).rejects.toMatchObject({ message: expect.stringContaining('"d/.svn"') });
});

test('a file is not exported as if it were a tree', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'x' } });
  await using source = await subversionAt(svn.root);
  const into = join(source.folder, 'tree');

  const exporting = source.scm.exportTree({ path: 'trunk/a.txt', revision: '1', into }, noStop());

  await expect(exporting).rejects.toMatchObject({ code: 'scm-broken-tree' });
});

test('an export tells how many files and folders have come', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'a' } });
  await using source = await subversionAt(svn.root);
  const counts: number[] = [];

  await exportTrunk(source, { revision: '1', into: 'tree', onReport: ({ done }) => counts.push(done) });

  expect(counts.at(-1)).toBeGreaterThanOrEqual(2);
});

test('a folder that already holds something is not touched', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await using source = await subversionAt(svn.root);
  await mkdir(join(source.folder, 'tree'), { recursive: true });
  await writeFile(join(source.folder, 'tree/mine.txt'), 'mine');

  const exporting = exportTrunk(source, { revision: '1', into: 'tree' });

  await expect(exporting).rejects.toMatchObject({ code: 'ENOTEMPTY' });
  expect(await filesIn(source.folder)).toEqual(['tree/mine.txt']);
});

test('what a killed export left behind is removed by the next one', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await using source = await subversionAt(svn.root);
  await mkdir(join(source.folder, 'tree.partial-of-a-dead-process/d'), { recursive: true });

  await exportTrunk(source, { revision: '1', into: 'tree' });

  expect(await readdir(source.folder)).toEqual(['tree']);
});

type TrunkExport = Pick<ExportRequest, 'revision' | 'into' | 'onReport'>;

function exportTrunk(source: SubversionUnderTest, { into, ...request }: TrunkExport) {
  return source.scm.exportTree({ path: 'trunk', into: join(source.folder, into), ...request }, noStop());
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

async function changeOnServer(svn: Subversion, actions: string[]): Promise<void> {
  await runCommand('svnmucc', ['--non-interactive', '-m', 'change', '--root-url', svn.root, ...actions]);
}

/** Subversion keeps a link as a file with the property svn:special. */
async function commitLink(
  svn: Subversion,
  { path, target }: { path: string; target: string },
): Promise<void> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'link');
  await writeFile(file, `link ${target}`);
  await changeOnServer(svn, ['put', file, path, 'propset', 'svn:special', '*', path]);
}
