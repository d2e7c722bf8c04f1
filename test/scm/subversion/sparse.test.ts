import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WorkingCopies } from '../../../src/scm/subversion/copies/working-copies.ts';
import { runCommand } from '../../support/run-command.ts';
import { type Subversion, startSubversion } from '../../support/subversion.ts';
import { startStallingProxy } from './stalling-proxy.ts';
import { noStop, type SubversionUnderTest, subversionAt } from './subversion-at.ts';

const only = ['services/cart', 'libs/common', 'build.gradle'];

test('a sparse tree holds its folders and files and nothing else, and nothing else is fetched', async () => {
  await using svn = await largeShop();
  await using proxy = await startStallingProxy(svn.root);
  await using source = await subversionAt(proxy.url);

  const tree = await exportSparse(source, { revision: '1', only });

  expect(await pathsOf(source)).toEqual(['build.gradle', 'libs/common/l.txt', 'services/cart/c.txt']);
  expect(tree.files).toBe(3);
  expect(proxy.received()).toBeLessThan(20_000);
});

test('externals of its parts are followed, found again from the list of the run, and kept apart', async () => {
  await using svn = await largeShop();
  await setExternals(svn, 'trunk/services/cart', '^/trunk/huge/small vendor/small');
  await setExternals(svn, 'trunk', '^/trunk/huge/small above');
  await using source = await subversionAt(svn.root);

  const { externals = [] } = await exportSparse(source, { revision: '3', only });
  const found = await pathsOf(source);
  await exportSparse(source, { revision: '3', only, externals });

  expect(externals.map(({ path }) => path)).toEqual(['services/cart/vendor/small']);
  expect(found).toContain('services/cart/vendor/small/s.txt');
  expect(found).not.toContain('above/s.txt');
  expect(await pathsOf(source)).toEqual(found);
});

test('a part that does not exist fails the tree by its name', async () => {
  await using svn = await largeShop();
  await using source = await subversionAt(svn.root);

  const exporting = exportSparse(source, { revision: '1', only: ['libs/common', 'libs/nowhere'] });

  await expect(exporting).rejects.toMatchObject({
    code: 'scm-broken-tree',
    message: expect.stringContaining('/trunk/libs/nowhere@1'),
  });
  expect(await readdir(source.folder)).toEqual([]);
});

test('of a folder named with a star the tree has the files right in it, and nothing below is fetched', async () => {
  await using svn = await largeShop();
  await using proxy = await startStallingProxy(svn.root);
  await using source = await subversionAt(proxy.url);

  await exportSparse(source, {
    revision: '1',
    only: ['*', 'libs/*', 'services/cart', 'build.gradle', 'huge/small/*'],
  });

  expect(await pathsOf(source)).toEqual(['build.gradle', 'huge/small/s.txt', 'services/cart/c.txt']);
  expect(proxy.received()).toBeLessThan(20_000);
  for (const [only, message] of [
    ['nowhere/*', '/trunk/nowhere@1'],
    ['build.gradle/*', 'it is a file'],
  ] as const) {
    const exporting = exportSparse(source, { revision: '1', only: [only] });
    await expect(exporting).rejects.toMatchObject({
      code: 'scm-broken-tree',
      message: expect.stringContaining(message),
    });
  }
});

test('parts have working copies of their own, apart from that of the whole tree', async () => {
  await using svn = await largeShop();
  await svn.commit({ files: { 'trunk/libs/common/l.txt': 'changed' } });
  const [state = ''] = [svn.path].map((path) => join(path, '../copies'));
  const copies = new WorkingCopies({ folder: state, aboveBytes: 0, mostBytes: 1e9, keepMs: 1e9 });
  await using source = await subversionAt(svn.root, { copies });

  const whole = await exportSparse(source, { revision: '1', only: undefined });
  await exportSparse(source, { revision: '1', only });
  await exportSparse(source, { revision: '2', only });

  expect(whole.how).toContain('working copy');
  expect(await pathsOf(source)).toEqual(['build.gradle', 'libs/common/l.txt', 'services/cart/c.txt']);
  expect(await readFile(join(source.folder, 'tree/libs/common/l.txt'), 'utf8')).toBe('changed');
  const records = (await readdir(state)).map(async (id) => readFile(join(state, id, 'record.json'), 'utf8'));
  const paths = (await Promise.all(records)).map((text) => JSON.parse(text).path);
  expect(paths.toSorted()).toEqual(['', 'libs/common', 'services/cart']);
});

async function largeShop(): Promise<Subversion> {
  await using opening = new AsyncDisposableStack();
  const svn = opening.use(await startSubversion());
  await svn.commit({
    files: {
      'trunk/services/cart/c.txt': 'c',
      'trunk/services/web/w.txt': 'w',
      'trunk/libs/common/l.txt': 'l',
      'trunk/huge/small/s.txt': 's',
      'trunk/huge/large.bin': Buffer.alloc(2_000_000, Math.random().toString(36).repeat(1_000)),
      'trunk/build.gradle': 'b',
    },
  });
  opening.move();
  return svn;
}

type Sparse = Pick<
  Parameters<SubversionUnderTest['scm']['exportTree']>[0],
  'revision' | 'only' | 'externals'
>;

async function exportSparse(source: SubversionUnderTest, request: Sparse) {
  const into = join(source.folder, 'tree');
  await runCommand('rm', ['-rf', into]);
  return source.scm.exportTree({ branch: 'trunk', path: '', generation: 1, ...request, into }, noStop());
}

async function pathsOf(source: SubversionUnderTest): Promise<string[]> {
  const root = join(source.folder, 'tree');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).toSorted();
}

async function setExternals({ path }: Subversion, on: string, line: string): Promise<void> {
  const actions = ['propset', 'svn:externals', line, on];
  await runCommand('svnmucc', ['--non-interactive', '-m', 'change', '-U', `file://${path}`, ...actions]);
}
