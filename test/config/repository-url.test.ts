import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadServerConfig } from '../../src/config/load-server-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.each([
  ['svn://svn.example.com/shop', null],
  ['svn+ssh://ci@svn.example.com/shop', null],
  ['http://svn.example.com/shop', "the URL scheme 'http' is not allowed here"],
  ['file:///srv/shop', "the URL scheme 'file' is not allowed here"],
  ['svn+x://svn.example.com/shop', "the URL scheme 'svn+x' is not allowed here"],
  ['https://ci@svn.example.com/shop', 'user and password do not belong into a URL'],
  ['svn+ssh://ci:pw@svn.example.com/shop', 'user and password do not belong into a URL'],
  ['svn+ssh://-oProxyCommand=x/shop', 'the host in the URL is not valid'],
  ['svn+ssh://-l@host/shop', 'the user in the URL is not valid'],
  ['-svn://host/shop', 'this is not an absolute repository URL'],
  ['svn.example.com/shop', 'this is not an absolute repository URL'],
  ['svn://host/a/../b', "the URL has '..' in its path"],
])('the repository URL %s: %s', async (url, message) => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'trunkline.yaml'), `repositories: { a: { svn: '${url}' } }`);

  const loaded = await loadServerConfig({ flags: {}, environment: {}, cwd: folder.path });

  const problems = 'problems' in loaded ? loaded.problems : [];
  expect(problems.map(({ line, column, message: told }) => `${line}:${column} ${told}`)).toEqual(
    message === null ? [] : [`1:27 ${message}`],
  );
});
