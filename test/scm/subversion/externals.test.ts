import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SubversionRepositoryConfig } from '../../../src/config/server-config.ts';
import type { ExportRequest } from '../../../src/scm/source-control.ts';
import { runCommand } from '../../support/run-command.ts';
import { type Subversion, startSubversion } from '../../support/subversion.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { noStop, repositoryConfig, type SubversionUnderTest, subversionAt } from './subversion-at.ts';

test('externals of the same repository are part of the tree, at the revision of the run, in every form', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'a', 'lib/b.txt': 'old', 'lib/own dir/c.txt': 'c' } });
  await svn.commit({ files: { 'lib/b.txt': 'new' } });
  await setExternals(svn, 'trunk/app', [
    '# a comment',
    '^/lib lib',
    '-r1 ../../lib pinned',
    `//${svn.root.slice('svn://'.length)}/lib@1 deep/pegged`,
    `old -r 1 ${svn.root}/lib`,
    '"^/lib/own dir" "with blank"',
    '/shop/lib/b.txt file.txt',
  ]);
  await svn.commit({ files: { 'lib/b.txt': 'too late' } });
  await using source = await subversionAt(svn.root);

  const { files, externals } = await exportApp(source, { revision: '3', into: 'tree' });

  expect(await contentOf(source, 'tree')).toEqual({
    'a.txt': 'a',
    'file.txt': 'new',
    'lib/b.txt': 'new',
    'lib/own dir/c.txt': 'c',
    'pinned/b.txt': 'old',
    'pinned/own dir/c.txt': 'c',
    'deep/pegged/b.txt': 'old',
    'deep/pegged/own dir/c.txt': 'c',
    'old/b.txt': 'old',
    'old/own dir/c.txt': 'c',
    'with blank/c.txt': 'c',
  });
  expect(files).toBe(11);
  expect(externals?.map(({ path, revision, isFloating }) => [path, revision, isFloating])).toEqual([
    ['deep/pegged', '1', false],
    ['file.txt', '3', true],
    ['lib', '3', true],
    ['old', '1', false],
    ['pinned', '1', false],
    ['with blank', '3', true],
  ]);
});

test('a list that was fixed before gives the same tree again, though the other repository has gone on', async () => {
  await using svn = await startSubversion();
  await using other = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'a' } });
  await other.commit({ files: { 'lib/b.txt': 'first' } });
  await setExternals(svn, 'trunk/app', [`${other.root}/lib lib`]);
  await using source = await subversionAt(svn.root, { externals: allowing(other) });
  const { externals = [] } = await exportApp(source, { revision: '2', into: 'first' });
  await other.commit({ files: { 'lib/b.txt': 'second' } });

  await exportApp(source, { revision: '2', into: 'again', externals });
  await exportApp(source, { revision: '2', into: 'anew' });

  expect(externals).toEqual([
    { path: 'lib', url: `${other.root}/lib`, revision: '1', peg: '1', isFloating: true },
  ]);
  expect(await contentOf(source, 'again')).toEqual(await contentOf(source, 'first'));
  expect(await contentOf(source, 'anew')).toMatchObject({ 'lib/b.txt': 'second' });
});

test('externals of externals are followed from where they are, and end when they lead back', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'a', 'lib/b.txt': 'b', 'base/c.txt': 'c' } });
  await setExternals(svn, 'trunk/app', ['^/lib lib']);
  await setExternals(svn, 'lib', ['../base base']);
  await setExternals(svn, 'base', ['^/trunk/app app']);
  await using source = await subversionAt(svn.root);

  await exportApp(source, { revision: '3', into: 'tree' });
  const endless = exportApp(source, { revision: '4', into: 'endless' });

  expect(await contentOf(source, 'tree')).toEqual({ 'a.txt': 'a', 'lib/b.txt': 'b', 'lib/base/c.txt': 'c' });
  await expect(endless).rejects.toMatchObject({ code: 'scm-broken-tree', isRetryable: false });
});

test('an external elsewhere is refused by name, with what to write, and its server is never asked', async () => {
  await using svn = await startSubversion({ password: 'geheim' });
  await using other = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'a' } });
  await setExternals(svn, 'trunk/app', [`${other.root}/lib third/lib`]);
  await other.stop();
  await using source = await subversionAt(svn.root, { password: 'geheim' });
  await using careless = await subversionAt(svn.root, {
    password: 'geheim',
    externals: { isIgnored: true, allowed: [] },
  });

  const refused = exportApp(source, { revision: '2', into: 'tree' });
  await expect(refused).rejects.toMatchObject({
    code: 'scm-broken-tree',
    isRetryable: false,
    message: `The external "third/lib" of the repository "shop" is refused: ${other.root}/lib is outside of it`,
    hint: expect.stringContaining(`repositories: { shop: { externals: [{ url: '${other.root}/lib' }] } }`),
  });
  expect(await readdir(source.folder)).toEqual([]);
  const ignored = await exportApp(careless, { revision: '2', into: 'tree' });
  expect(ignored).toEqual({ files: 1, bytes: 1 });
});

test("another repository gets its own login, never this one's", async () => {
  await using svn = await startSubversion({ password: 'ours' });
  await using other = await startSubversion({ password: 'theirs' });
  await svn.commit({ files: { 'trunk/app/a.txt': 'a' } });
  await other.commit({ files: { 'lib/b.txt': 'b' } });
  await setExternals(svn, 'trunk/app', [`${other.root}/lib lib`]);
  const withLogin = (password?: string) =>
    subversionAt(svn.root, { password: 'ours', externals: allowing(other, password) });
  await using right = await withLogin('theirs');
  await using none = await withLogin();

  const tree = await exportApp(right, { revision: '2', into: 'tree' });

  const refused = exportApp(none, { revision: '2', into: 'tree' });
  expect(tree.files).toBe(2);
  await expect(refused).rejects.toMatchObject({ code: 'scm-broken-tree', isRetryable: false });
  expect(await readdir(none.folder)).toEqual([]);
});

test.each([
  ['that does not exist', ['^/nowhere lib'], 'scm-broken-tree'],
  ['whose place the tree has already', ['^/lib d'], 'scm-broken-tree'],
  ['below a link that leaves the tree', ['^/lib link/d'], 'scm-broken-tree'],
  ['that names a date', ['-r {2026-01-01} ^/lib lib'], 'scm-broken-tree'],
])('an external %s fails the checkout, and nothing is left', async (_title, lines, code) => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/d/a.txt': 'a', 'lib/b.txt': 'b' } });
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'link'), 'link /tmp');
  await changeOnDisk(svn, [
    ...['put', join(folder.path, 'link'), 'trunk/app/link'],
    ...['propset', 'svn:special', '*', 'trunk/app/link'],
  ]);
  await setExternals(svn, 'trunk/app', lines);
  await using source = await subversionAt(svn.root);

  const exporting = exportApp(source, { revision: '3', into: 'tree' });

  await expect(exporting).rejects.toMatchObject({ code, isRetryable: false });
  expect(await readdir(source.folder)).toEqual([]);
});

test('an external that climbs out of its server is refused by the name that it has in the tree', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'a' } });
  await setExternals(svn, 'trunk/app', ['^/../../../etc etc']);
  await using source = await subversionAt(svn.root);

  await expect(exportApp(source, { revision: '2', into: 'tree' })).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('The external "etc" is refused: '),
    hint: 'Correct svn:externals in the repository',
  });
});

type AppExport = Pick<ExportRequest, 'revision' | 'into' | 'externals'>;

function exportApp(source: SubversionUnderTest, { into, ...request }: AppExport) {
  return source.scm.exportTree({ path: 'trunk/app', into: join(source.folder, into), ...request }, noStop());
}

function allowing(other: Subversion, password?: string): SubversionRepositoryConfig['externals'] {
  return { isIgnored: false, allowed: [{ ...repositoryConfig(other.root, password), name: 'other' }] };
}

async function contentOf(source: SubversionUnderTest, tree: string): Promise<Record<string, string>> {
  const root = join(source.folder, tree);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    paths.map(async (path) => [path.slice(root.length + 1), await readFile(path, 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}

/** Straight on disk, so that it works whatever login the server asks for. */
async function setExternals(svn: Subversion, path: string, lines: string[]): Promise<void> {
  await changeOnDisk(svn, ['propset', 'svn:externals', ['# externals', ...lines, ''].join('\n'), path]);
}

async function changeOnDisk({ path }: Subversion, actions: string[]): Promise<void> {
  await runCommand('svnmucc', ['--non-interactive', '-m', 'change', '-U', `file://${path}`, ...actions]);
}
