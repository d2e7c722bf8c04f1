import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Revision } from '../../../src/domain/change.ts';
import { runCommand } from '../../support/run-command.ts';
import { type Subversion, startSubversion } from '../../support/subversion.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { collect, noStop, subversionAt } from './subversion-at.ts';

test('revisions come in order, each with author, time, message and paths', async () => {
  await using svn = await startSubversion();
  await svn.commit({
    files: { 'trunk/a b/100%.txt': 'x' },
    author: '爱丽丝',
    message: '第一行\n <b>&amp; ]]>',
  });
  await svn.commit({ files: { 'trunk/a b/100%.txt': 'y' } });
  await svn.commit({ files: { 'trunk/a b': null } });
  await using source = await subversionAt(svn.root);

  const [first, ...rest] = await collect(source.scm.revisions({ from: 1, to: 3 }, noStop()));

  expect(first).toEqual({
    revision: '1',
    author: '爱丽丝',
    committedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    message: '第一行\n <b>&amp; ]]>',
    paths: [
      { path: 'trunk', action: 'added', kind: 'directory' },
      { path: 'trunk/a b', action: 'added', kind: 'directory' },
      { path: 'trunk/a b/100%.txt', action: 'added', kind: 'file' },
    ],
  });
  expect(rest.map(({ revision, paths }) => ({ revision, paths }))).toEqual([
    { revision: '2', paths: [{ path: 'trunk/a b/100%.txt', action: 'modified', kind: 'file' }] },
    { revision: '3', paths: [{ path: 'trunk/a b', action: 'deleted', kind: 'directory' }] },
  ]);
});

test('copies, replacements and changes of properties are told apart', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'x' } });
  await changeOnServer(svn, ['cp', 'HEAD', 'trunk', 'branches']);
  await changeOnServer(svn, ['rm', 'branches/a.txt', 'cp', '1', 'trunk/a.txt', 'branches/a.txt']);
  await changeOnServer(svn, ['propset', 'svn:mergeinfo', '/trunk:1', 'branches']);
  await using source = await subversionAt(svn.root);

  const revisions = await collect(source.scm.revisions({ from: 2, to: 4 }, noStop()));

  expect(revisions.map(({ paths }) => paths)).toEqual([
    [{ path: 'branches', action: 'added', kind: 'directory', copiedFrom: { path: 'trunk', revision: '1' } }],
    [
      {
        path: 'branches/a.txt',
        action: 'replaced',
        kind: 'file',
        copiedFrom: { path: 'trunk/a.txt', revision: '1' },
      },
    ],
    [{ path: 'branches', action: 'modified', kind: 'directory', isPropertyOnly: true }],
  ]);
});

test('a range that is empty asks nothing; one beyond the newest revision is a fault', async () => {
  await using svn = await startSubversion();
  await using source = await subversionAt(svn.root);

  expect(await collect(source.scm.revisions({ from: 1, to: 0 }, noStop()))).toEqual([]);
  await expect(collect(source.scm.revisions({ from: 1, to: 5 }, noStop()))).rejects.toMatchObject({
    code: 'scm-gone',
  });
});

test('missing authors and dates, and characters that XML forbids, hold nothing up', async () => {
  await using svn = await startSubversion();
  for (const name of ['a', 'b', 'c']) await svn.commit({ files: { [`trunk/${name}`]: 'x' } });
  await setMessage(svn, { revision: 1, message: 'bell \x07, escape \x1b[31m, \uFFFE end' });
  for (const name of ['svn:author', 'svn:date', 'svn:log']) {
    await runCommand('svnadmin', ['delrevprop', '-r', '2', svn.path, name]);
  }
  await using source = await subversionAt(svn.root);

  const revisions = await collect(source.scm.revisions({ from: 1, to: 3 }, noStop()));

  expect(revisions.map(({ revision }) => revision)).toEqual(['1', '2', '3']);
  expect(revisions[0]?.message).toBe('bell ?\\007, escape ?\\027[31m, \uFFFD end');
  expect(revisions[1]).toMatchObject({ author: null, committedAt: null, message: '' });
  expect(revisions[1]?.paths).toHaveLength(1);
});

test('control characters in the name of a path hold nothing up', async () => {
  await using svn = await startSubversion();
  await using folder = await temporaryFolder();
  await svn.commit({ files: { 'trunk/QQ': 'x' } });
  await svn.commit({ files: { 'trunk/b': 'x' } });
  await using poisoned = await startSubversion();
  const dump = join(folder.path, 'dump');
  await runCommand('svnadmin', ['dump', '-q', '-F', dump, svn.path]);
  const text = await readFile(dump, 'latin1');
  await writeFile(dump, text.replace('Node-path: trunk/QQ', 'Node-path: trunk/\x01\x02'), 'latin1');
  await runCommand('svnadmin', ['load', '-q', '-F', dump, poisoned.path]);
  await using source = await subversionAt(poisoned.root);

  const revisions = await collect(source.scm.revisions({ from: 1, to: 2 }, noStop()));

  expect(revisions.map(({ paths }) => paths.at(-1)?.path)).toEqual(['trunk/\uFFFD\uFFFD', 'trunk/b']);
});

test('a revision whose paths the server has lost is given with what is left, and the next ones follow', async () => {
  await using svn = await startSubversion();
  for (const name of ['a', 'b', 'c', 'd']) {
    await svn.commit({ files: { [`trunk/${name}`]: 'x' }, message: `adds ${name}` });
  }
  await truncate(join(svn.path, 'db/revs/0/2'), 20);
  await svn.stop();
  await svn.start();
  const warnings: object[] = [];
  const logger = { warn: (fields: object) => warnings.push(fields) };
  await using source = await subversionAt(svn.root, { logger });

  const revisions = await collect(source.scm.revisions({ from: 1, to: 4 }, noStop()));

  expect(revisions.map(({ revision, message, isIncomplete }) => [revision, message, isIncomplete])).toEqual([
    ['1', 'adds a', undefined],
    ['2', 'adds b', true],
    ['3', 'adds c', undefined],
    ['4', 'adds d', undefined],
  ]);
  expect(revisions[1]?.paths).toEqual([]);
  expect(warnings).toEqual([{ repository: 'shop', revision: 2, hasPaths: false }]);
});

test('a server that can read nothing any more gives up no revision', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a': 'x' } });
  await using source = await subversionAt(svn.root);
  await source.scm.head(noStop());
  await writeFile(join(svn.path, 'db/format'), 'none of this\n');
  await svn.stop();
  await svn.start();

  const reading = collect(source.scm.revisions({ from: 1, to: 1 }, noStop()));

  await expect(reading).rejects.toMatchObject({ name: 'Fault' });
});

test('a reader that stops in the middle ends svn', async () => {
  await using svn = await startSubversion();
  for (const name of ['a', 'b', 'c']) await svn.commit({ files: { [name]: 'x' } });
  await using source = await subversionAt(svn.root);
  const read: Revision[] = [];

  for await (const revision of source.scm.revisions({ from: 1, to: 3 }, noStop())) {
    read.push(revision);
    if (read.length === 2) break;
  }

  expect(read.map(({ revision }) => revision)).toEqual(['1', '2']);
});

async function changeOnServer(svn: Subversion, actions: string[]): Promise<void> {
  await runCommand('svnmucc', ['--non-interactive', '-m', 'change', '--root-url', svn.root, ...actions]);
}

async function setMessage(svn: Subversion, change: { revision: number; message: string }): Promise<void> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'message');
  await writeFile(file, change.message);
  await runCommand('svnadmin', ['setlog', '--bypass-hooks', '-r', `${change.revision}`, svn.path, file], {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  });
}
