import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkingCopies } from '../../../src/scm/subversion/copies/working-copies.ts';
import { runCommand } from '../../support/run-command.ts';
import { type Subversion, startSubversion } from '../../support/subversion.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { shopWithCopies, writeHistory } from './copies-under-test.ts';

/** A repository that tests read and do not change. */
let written: { svn: Subversion; last: number };

beforeAll(async () => {
  const svn = await startSubversion();
  written = { svn, last: await writeHistory(svn) };
});

afterAll(() => written.svn[Symbol.asyncDispose]());

test('the tree of each revision and branch, forwards, backwards and across, is what a fresh export gives', async () => {
  const { svn, last } = written;
  await using shop = await shopWithCopies(svn);
  const places = Array.from({ length: last }, (_, index) => ['trunk', index + 1] as const);
  const mixed = [
    ...places,
    ...places.toReversed(),
    ['branches/x', last],
    ['trunk', 2],
    ['branches/x', last - 1],
  ] as const;

  for (const [branch, revision] of mixed) {
    const { how, ...copied } = await shop.fetch(branch, revision);
    const fresh = await shop.export(branch, revision);

    expect(how, `${branch} at ${revision}`).toMatch(/working copy/);
    expect(copied, `${branch} at ${revision}`).toEqual(fresh);
  }

  expect(await shop.copies()).toHaveLength(2);
});

const harm: [string, (copy: string) => Promise<unknown>, RegExp][] = [
  ['files that nobody committed', (copy) => writeFile(join(copy, 'left.txt'), 'x'), /cleaned/],
  ['files that are ignored', (copy) => writeFile(join(copy, 'left.o'), 'x'), /cleaned/],
  ['a changed file', (copy) => writeFile(join(copy, 'a.txt'), 'spoiled'), /cleaned/],
  ['a file that is missing', (copy) => rm(join(copy, 'a.txt')), /cleaned|update/],
  ['a folder that is missing', (copy) => rm(join(copy, 'd'), { recursive: true }), /cleaned|update/],
  ['a folder where a file was', (copy) => replace(copy, 'a.txt', (path) => mkdir(path)), /cleaned|new/],
  ['a lock', (copy) => execute(copy, 'insert into wc_lock values (1, "", -1)'), /cleaned/],
  ['an unknown format', (copy) => execute(copy, 'pragma user_version = 99'), /new working copy/],
  ['a broken database', (copy) => writeFile(join(copy, '.svn/wc.db'), 'x'.repeat(9_000)), /new working copy/],
  ['no database', (copy) => rm(join(copy, '.svn/wc.db')), /new working copy/],
];

test.concurrent.each(harm)('%s in a copy never gets into a tree', async (_title, spoil, how) => {
  await using shop = await shopWithCopies(written.svn);
  await shop.fetch('trunk', 2);
  const [copy = ''] = await shop.copies();

  await spoil(copy);
  const again = await shop.fetch('trunk', 2);
  await spoil(copy);
  const next = await shop.fetch('trunk', 3);

  expect(again).toMatchObject({ how: expect.stringMatching(how), ...(await shop.export('trunk', 2)) });
  expect(next).toMatchObject(await shop.export('trunk', 3));
  expect(await shop.copies()).toEqual([copy]);
});

test('a link in a copy is never followed: what it leads to stays as it is', async () => {
  await using shop = await shopWithCopies(written.svn);
  await using elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere.path, 'precious'), 'x');
  await shop.fetch('trunk', 2);
  const [copy = ''] = await shop.copies();

  for (const revision of [2, 3, 6]) {
    await replace(copy, 'd', (path) => symlink(elsewhere.path, path));
    const tree = await shop.fetch('trunk', revision);

    expect(tree).toMatchObject(await shop.export('trunk', revision));
    expect(await readdir(elsewhere.path)).toEqual(['precious']);
  }
});

test('the copy of a repository that is another one now is made anew', async () => {
  await using svn = await startSubversion();
  await writeHistory(svn);
  await using shop = await shopWithCopies(svn);
  await shop.fetch('trunk', 2);
  await runCommand('svnadmin', ['setuuid', svn.path]);

  const tree = await shop.fetch('trunk', 2);
  const next = await shop.fetch('trunk', 3, { generation: 2 });

  expect(tree.how).toContain('new working copy');
  expect(next).toMatchObject(await shop.export('trunk', 3));
  expect(await shop.copies()).toHaveLength(1);
});

test('fetches at once do not share a copy: the second has one of its own, the others are exported', async () => {
  const { svn, last } = written;
  await using shop = await shopWithCopies(svn);

  const trees = await Promise.all(Array.from({ length: last }, (_, index) => shop.fetch('trunk', index + 1)));

  for (const [index, { how, ...tree }] of trees.entries())
    expect(tree, `${index + 1} ${how}`).toEqual(await shop.export('trunk', index + 1));
  expect(trees.filter(({ how }) => how !== undefined)).toHaveLength(2);
  expect(await shop.copies()).toHaveLength(2);
});

test('there is no second copy where both are more than all may take', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a': 'a'.repeat(1_000_000) } });
  await using shop = await shopWithCopies(svn, { aboveBytes: 1_000, mostBytes: 2_500_000 });
  await shop.fetch('trunk', 1);

  const trees = await Promise.all([shop.fetch('trunk', 1), shop.fetch('trunk', 1)]);
  const again = await Promise.all([shop.fetch('trunk', 1), shop.fetch('trunk', 1)]);

  expect(trees.filter(({ how }) => how !== undefined)).toHaveLength(1);
  expect(again.map(({ how }) => how).toSorted()).toEqual(['by an update of a working copy', undefined]);
});

test('a server that is away costs no copy', async () => {
  await using svn = await startSubversion();
  await writeHistory(svn);
  await using shop = await shopWithCopies(svn);
  await shop.fetch('trunk', 2);
  const [copy = ''] = await shop.copies();
  await svn.stop();

  await expect(shop.fetch('trunk', 3)).rejects.toMatchObject({ code: 'scm-unreachable' });
  await svn.start();

  expect((await shop.fetch('trunk', 3)).how).toMatch(/^by an update/);
  expect(await shop.copies()).toEqual([copy]);
});

test('a small tree is exported; a large one has a copy from its second run on, also after a restart', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/small/a.txt': 'a', 'trunk/large/b.txt': 'b'.repeat(10_000) } });
  await using shop = await shopWithCopies(svn, { aboveBytes: 5_000 });
  const fetch = async (path: string) => (await shop.fetch('trunk', 1, { path })).how;

  const small = [await fetch('small'), await fetch('small')];
  const large = [await fetch('large'), await fetch('large'), await fetch('large')];
  shop.restart();

  expect(small).toEqual([undefined, undefined]);
  expect(large).toEqual([
    undefined,
    expect.stringContaining('as a working copy'),
    expect.stringMatching(/^by/),
  ]);
  expect(await fetch('large')).toMatch(/^by an update/);
});

test('too many copies, and those that nobody needs, go', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a/a': 'a'.repeat(9_000), 'trunk/b/b': 'b'.repeat(9_000) } });
  await using shop = await shopWithCopies(svn, { mostBytes: 200_000 });
  await using hasty = await shopWithCopies(svn, { keepMs: -1 });

  await shop.fetch('trunk', 1, { path: 'a' });
  await shop.fetch('trunk', 1, { path: 'b' });
  await hasty.fetch('trunk', 1, { path: 'a' });

  const records = await shop.records();
  expect(records.map(({ path }) => path)).toEqual(['b']);
  expect(await hasty.records()).toEqual([]);
});

test('what svn:externals bring into a copy is found in the copy, and is not left in it', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a', 'trunk/中 d/e.txt': 'e', 'lib/b.txt': 'b' } });
  const externals = ['propset', 'svn:externals', '^/lib lib', 'trunk/%E4%B8%AD%20d'];
  await runCommand('svnmucc', ['--non-interactive', '-m', 'x', '-U', `file://${svn.path}`, ...externals]);
  await svn.commit({ files: { 'lib/b.txt': 'newer' } });
  await using shop = await shopWithCopies(svn);

  const first = await shop.fetch('trunk', 2);
  const second = await shop.fetch('trunk', 3);

  expect(first).toMatchObject(await shop.export('trunk', 2));
  expect(second).toMatchObject({ how: 'by an update of a working copy', ...(await shop.export('trunk', 3)) });
  expect(second.externals).toMatchObject([{ path: '中 d/lib', revision: '3' }]);
});

async function replace(copy: string, name: string, make: (path: string) => Promise<unknown>): Promise<void> {
  const path = join(copy, name);
  await rm(path, { recursive: true });
  await make(path);
}

async function execute(copy: string, sql: string): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(copy, '.svn/wc.db'));
  database.exec(sql.replaceAll('"', "'"));
  database.close();
}

test('a working copy that cannot be given back fails no fetch, and is free again', async () => {
  await using folder = await temporaryFolder();
  const warned: string[] = [];
  const logger = { warn: (_fields: object, message: string) => void warned.push(message) };
  const copies = new WorkingCopies({
    ...{ folder: folder.path, aboveBytes: 0, mostBytes: 1e9, keepMs: 1e9 },
    logger,
  });
  const wish = { repository: 'shop', root: 'svn://shop', generation: 1, branch: 'trunk', path: '' };
  copies.noteSize(wish, 10);
  const held = await copies.take(wish);
  held?.settle({ branch: 'trunk', bytes: 10 });
  await rm(join(folder.path, held?.record.id ?? ''), { recursive: true });

  await held?.[Symbol.asyncDispose]();

  expect(warned).toEqual(['a working copy could not be given back properly']);
  await using again = await copies.take(wish);
  expect(again?.record.id).toBe(held?.record.id);
});
