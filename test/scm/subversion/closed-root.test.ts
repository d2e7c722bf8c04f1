import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApacheSubversion } from '../../support/apache-subversion.ts';
import { runCommand } from '../../support/run-command.ts';
import { type Subversion, startSubversion } from '../../support/subversion.ts';
import { collect, noStop, type Overrides, type SubversionUnderTest, subversionAt } from './subversion-at.ts';

const password = 's3cret';

test('where only some folders may be read, each revision that changed them is found once, in order', async () => {
  await using svn = await startSubversion({ password });
  await svn.commit({ files: { 'trunk/a.txt': '1', 'branches/x/a.txt': '1', 'secret/a.txt': '1' } });
  await svn.commit({ files: { 'secret/a.txt': '2' } });
  await svn.commit({ files: { 'trunk/a.txt': '2', 'branches/x/a.txt': '2' } });
  await allow(svn, { '/trunk': 'r', '/branches': 'r' });
  await using source = await subversionAt(svn.root, { password });

  const identity = await source.scm.identify(noStop());

  expect(identity).toEqual({ uuid: svn.uuid, rootUrl: svn.root, head: 3 });
  expect(await numbers(source, 1, 3)).toEqual(['1', '3']);
  const [, last] = await collect(source.scm.revisions({ from: 1, to: 3 }, noStop()));
  expect(last?.paths.map(({ path }) => path).toSorted()).toEqual(['branches/x/a.txt', 'trunk/a.txt']);
});

test('the log is read without having asked who the repository is, and folders that come later count', async () => {
  await using svn = await startSubversion({ password });
  await svn.commit({ files: { 'trunk/a.txt': '1' } });
  await svn.commit({ files: { 'tags/v1/a.txt': '1' } });
  await allow(svn, { '/trunk': 'r', '/tags': 'r' });
  await using source = await subversionAt(svn.root, { password });

  expect(await numbers(source, 1, 1)).toEqual(['1']);
  expect(await numbers(source, 2, 2)).toEqual(['2']);
});

test('what a folder was before it was replaced or deleted is found too', async () => {
  await using svn = await startSubversion({ password });
  await svn.commit({ files: { 'trunk/a.txt': '1', 'branches/x/a.txt': '1' } });
  await svn.commit({ files: { 'branches/x/a.txt': '2' } });
  await svn.commit({ files: { 'trunk/a.txt': 'of the trunk that will be replaced' } });
  await change(svn, 'rm trunk cp 2 branches/x trunk');
  await svn.commit({ files: { 'trunk/a.txt': '3' } });
  await change(svn, 'rm branches');
  await allow(svn, { '/trunk': 'r', '/branches': 'r' });
  await using source = await subversionAt(svn.root, { password });

  const revisions = await collect(source.scm.revisions({ from: 2, to: 6 }, noStop()));

  expect(revisions.map(({ revision }) => revision)).toEqual(['2', '3', '4', '5', '6']);
  expect(revisions.at(-1)).toMatchObject({
    isIncomplete: true,
    paths: [{ path: 'branches', action: 'deleted', kind: 'directory' }],
  });
});

test('folders deep in the tree are followed when they are named, whatever their names', async () => {
  const folder = 'trunk/我 @%20#/app';
  await using svn = await startSubversion({ password });
  await svn.commit({ files: { [`${folder}/a.txt`]: '1', 'trunk/b.txt': '1' } });
  await svn.commit({ files: { 'trunk/b.txt': '2' } });
  await change(svn, [
    'propset',
    'svn:mergeinfo',
    '/x:1',
    folder.split('/').map(encodeURIComponent).join('/'),
  ]);
  await allow(svn, { [`/${folder}`]: 'r' });
  await using blind = await subversionAt(svn.root, { password });
  await using source = await subversionAt(svn.root, { password, readable: ['other', folder] });

  await expect(blind.scm.identify(noStop())).rejects.toMatchObject({ code: 'scm-denied' });
  expect(await source.scm.head(noStop())).toBe(3);
  expect(await numbers(source, 1, 3)).toEqual(['1', '3']);
  expect(await source.scm.changedProperties('3', noStop())).toEqual(new Map([[folder, ['svn:mergeinfo']]]));
});

test('a root that is opened again is read as a whole', async () => {
  await using svn = await startSubversion({ password });
  await svn.commit({ files: { 'trunk/a.txt': '1', 'other/a.txt': '1' } });
  await allow(svn, { '/trunk': 'r' });
  await using source = await subversionAt(svn.root, { password });
  await source.scm.identify(noStop());
  await allow(svn, { '/': 'r', '/trunk': '' });

  expect(await source.scm.head(noStop())).toBe(1);
  await svn.commit({ files: { 'other/a.txt': '2' } });
  expect(await numbers(source, 1, 2)).toEqual(['1', '2']);
});

test('over https the folders that may be read are followed in the same way', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': '1', 'branches/x/a.txt': '1', 'secret/a.txt': '1' } });
  await svn.commit({ files: { 'secret/a.txt': '2' } });
  await svn.commit({ files: { 'branches/x/a.txt': '2' } });
  const rules = { '/trunk': 'r', '/branches': 'r' };
  await using apache = await startApacheSubversion(svn.path, password, { authz: rulesFor(rules) });
  const overrides: Overrides = { ca: apache.ca, password };
  await using source = await subversionAt(apache.root, overrides);

  const identity = await source.scm.identify(noStop());

  expect(identity).toEqual({ uuid: svn.uuid, rootUrl: apache.root, head: 3 });
  expect(await numbers(source, 1, 3)).toEqual(['1', '3']);
});

async function numbers({ scm }: SubversionUnderTest, from: number, to: number): Promise<string[]> {
  const revisions = await collect(scm.revisions({ from, to }, noStop()));
  return revisions.map(({ revision }) => revision);
}

async function change(svn: Subversion, actions: string | string[]): Promise<void> {
  const words = typeof actions === 'string' ? actions.split(' ') : actions;
  await runCommand('svnmucc', ['-m', 'a change', '-U', `file://${svn.path}`, ...words]);
}

function rulesFor(rules: Record<string, string>): string {
  const all = Object.entries({ '/': '', ...rules });
  return all.map(([path, right]) => `[${path}]\n* =\nci = ${right}\n`).join('');
}

/** What the account may do, by path; nothing elsewhere. */
async function allow(svn: Subversion, rules: Record<string, string>): Promise<void> {
  const general = ['[general]', 'anon-access = none', 'auth-access = write', 'password-db = passwd'];
  await writeFile(join(svn.path, 'conf/authz'), rulesFor(rules));
  await writeFile(join(svn.path, 'conf/svnserve.conf'), [...general, 'authz-db = authz', ''].join('\n'));
}
