import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSubversion } from '../../../src/scm/subversion/create-subversion.ts';
import { startSubversion } from '../../support/subversion.ts';
import { collect, noStop, repositoryConfig, subversionAt } from './subversion-at.ts';

const hostileNames = [
  '$(touch x)',
  "it's",
  '"q"',
  'a b',
  '100%',
  'q?#x',
  'rel@1',
  '-m',
  ';touch x',
  '中文',
  '&',
  '%20',
  '@',
  '`x`',
];

test('a repository says who it is and where it stands, however its URL is written', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await svn.commit({ files: { 'trunk/a.txt': 'b' } });
  await using source = await subversionAt(`${svn.root.replace('svn:', 'SVN:')}/`);

  expect(await source.scm.identify(noStop())).toEqual({ uuid: svn.uuid, rootUrl: svn.root, head: 2 });
  expect(await source.scm.head(noStop())).toBe(2);
});

test('a URL below the root of a repository is refused, and the root is named', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await using source = await subversionAt(`${svn.root}/trunk`);

  await expect(source.scm.identify(noStop())).rejects.toMatchObject({
    code: 'scm-gone',
    hint: expect.stringContaining(svn.root),
  });
});

test('hostile names are listed, read and run nothing', async () => {
  await using svn = await startSubversion();
  await svn.commit({
    files: Object.fromEntries(hostileNames.map((name) => [`trunk/${name}/${name}`, name])),
  });
  await using source = await subversionAt(svn.root);

  const names = await source.scm.list({ path: 'trunk', revision: '1' }, noStop());
  const texts = hostileNames.map((name) =>
    source.scm.readFile({ path: `trunk/${name}/${name}`, revision: '1' }, noStop()),
  );

  expect(names.toSorted()).toEqual(hostileNames.map((name) => `${name}/`).toSorted());
  expect(await Promise.all(texts)).toEqual(hostileNames);
});

test('any text can be asked for as a path: it is found to be absent, and nothing is run', async () => {
  await using svn = await startSubversion();
  await using source = await subversionAt(svn.root);
  const path = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ minLength: 1, unit: 'grapheme' }));

  await fc.assert(
    fc.asyncProperty(path, async (name) => {
      const reading = source.scm.readFile({ path: `none/${name}`, revision: '0' }, noStop());

      await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^scm-(gone|denied)$/) });
    }),
    { numRuns: 15 },
  );
  expect(existsSync('x')).toBe(false);
});

test('a path deleted, replaced or moved later is read as it was at its revision', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/app/a.txt': 'first', 'trunk/old.txt': 'old' } });
  await svn.commit({ files: { 'trunk/app': null, 'trunk/old.txt': null } });
  await svn.commit({ files: { 'trunk/app/a.txt': 'another lineage' } });
  await using source = await subversionAt(svn.root);
  const read = (path: string, revision: string) => source.scm.readFile({ path, revision }, noStop());

  expect(await read('trunk/app/a.txt', '1')).toBe('first');
  expect(await read('trunk/old.txt', '2').catch((error) => error.code)).toBe('scm-gone');
  expect(await read('trunk/old.txt', '1')).toBe('old');
  expect(await read('trunk/app/a.txt', '3')).toBe('another lineage');
  expect(source.scm.urlOf({ path: 'trunk/a b', revision: '3' })).toBe(`${svn.root}/trunk/a%20b@3`);
});

test('a file longer than allowed is not read', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/long.yaml': 'x'.repeat(2000), 'trunk/short.yaml': '中'.repeat(300) } });
  await using source = await subversionAt(svn.root);
  const request = { revision: '1', maxBytes: 1000 };

  const long = source.scm.readFile({ ...request, path: 'trunk/long.yaml' }, noStop());
  const short = source.scm.readFile({ ...request, path: 'trunk/short.yaml' }, noStop());

  await expect(long).rejects.toMatchObject({ code: 'scm-broken-tree', isRetryable: false });
  expect(await short).toBe('中'.repeat(300));
});

test.each(['HEAD', '-1', '{2020-01-01}', '1:2', '', '1 2'])('%j is no revision', async (revision) => {
  await using source = await subversionAt('svn://127.0.0.1:1/shop');

  const listing = source.scm.list({ path: 'trunk', revision }, noStop());

  await expect(listing).rejects.toMatchObject({ code: 'scm-gone', isRetryable: false });
});

test('a password opens the repository; a wrong one and none are refused for good', async () => {
  const password = 'p w\'"$(x);中\\';
  await using svn = await startSubversion({ password });
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await using right = await subversionAt(svn.root, { password });
  await using wrong = await subversionAt(svn.root, { password: 'wrong' });
  await using none = await subversionAt(svn.root);

  expect(await right.scm.head(noStop())).toBe(1);
  expect(await collect(right.scm.revisions({ from: 1, to: 1 }, noStop()))).toHaveLength(1);
  const denied = { code: 'scm-denied', isRetryable: false };
  await expect(wrong.scm.head(noStop())).rejects.toMatchObject({
    ...denied,
    hint: expect.stringContaining('"svn"'),
  });
  await expect(collect(wrong.scm.revisions({ from: 1, to: 1 }, noStop()))).rejects.toMatchObject(denied);
  await expect(none.scm.head(noStop())).rejects.toMatchObject(denied);
});

test.each(['-x', '', 'a\nb'])('the user name %j is refused before anything starts', (username) => {
  const repository = repositoryConfig('svn://h/r', 'secret');
  const credentials = repository.credentials && { ...repository.credentials, username };

  const creating = () =>
    createSubversion({ stateDir: '/nonexistent', repository: { ...repository, credentials } });

  expect(creating).toThrow(expect.objectContaining({ code: 'scm-denied' }));
});

test('a server that is away is a fault worth a retry; a repository or path that is not there is none', async () => {
  await using svn = await startSubversion();
  await using source = await subversionAt(svn.root);
  await using other = await subversionAt(`${svn.url}/none`);

  const absent = source.scm.list({ path: 'trunk', revision: '0' }, noStop());
  await expect(absent).rejects.toMatchObject({
    code: 'scm-gone',
    message: expect.stringContaining(`${svn.root}/trunk@0`),
  });
  await expect(other.scm.identify(noStop())).rejects.toMatchObject({ code: 'scm-gone', isRetryable: false });
  await svn.stop();
  await expect(source.scm.head(noStop())).rejects.toMatchObject({
    code: 'scm-unreachable',
    isRetryable: true,
  });
  await svn.start();
  expect(await source.scm.head(noStop())).toBe(0);
});

test('where the root is the one branch, its trees and files are those of the root', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'app/a.txt': 'a', 'trunk/a.txt': 'other' } });
  await svn.commit({ files: { 'b.txt': 'b' } });
  await using source = await subversionAt(svn.root, { layout: ['none'] });
  const place = { branch: 'trunk', path: 'app', revision: '2' };

  const tree = await source.scm.exportTree({ ...place, into: `${source.folder}/tree` }, noStop());

  expect(tree).toMatchObject({ files: 1, bytes: 1 });
  expect(await source.scm.readFile({ ...place, path: 'trunk/a.txt' }, noStop())).toBe('other');
  expect(await source.scm.list({ ...place, path: '' }, noStop())).toEqual(['app/', 'b.txt', 'trunk/']);
  expect(source.scm.urlOf(place)).toBe(`${svn.root}/app@2`);
  expect(await source.scm.lastChange(place, noStop())).toMatchObject({ revision: '1', author: 'alice' });
});
