import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSubversion, prepareSvnClient } from '../../../src/scm/subversion/svn-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { repositoryConfig } from './subversion-at.ts';

test('svn is found, with a locale in which names are UTF-8', async () => {
  const { version, locale } = await findSubversion();

  expect(version).toMatch(/^\d+\.\d+/);
  expect(locale).toMatch(/utf-?8$/i);
});

test('the configuration is private, keeps no password and knows one tunnel', async () => {
  await using folder = await temporaryFolder();

  const client = await prepareSvnClient(repositoryConfig('svn+ssh://h:2222/r', 'secret'), folder.path);

  expect((await stat(client.configDir)).mode & 0o777).toBe(0o700);
  const config = await readFile(join(client.configDir, 'config'), 'utf8');
  expect(config).toContain('store-passwords = no');
  const [, tunnels = ''] = /\[tunnels\]\n([^[]*)/.exec(config) ?? [];
  expect(tunnels).toMatch(/^ssh = ssh .*BatchMode=yes .*StrictHostKeyChecking=yes .*-p 2222 --\n$/);
});

test('many preparations at once leave one whole configuration', async () => {
  await using folder = await temporaryFolder();
  const repository = { ...repositoryConfig('https://h/r'), name: '../shop', ca: '/etc/ssl/ca.pem' };

  const clients = await Promise.all(
    Array.from({ length: 10 }, () => prepareSvnClient(repository, folder.path)),
  );

  expect(new Set(clients.map(({ configDir }) => configDir)).size).toBe(1);
  const [configDir = ''] = clients.map((client) => client.configDir);
  expect(configDir.startsWith(`${folder.path}/`)).toBe(true);
  expect((await readdir(configDir)).toSorted()).toEqual(['config', 'servers']);
  expect(await readFile(join(configDir, 'servers'), 'utf8')).toContain(
    'ssl-authority-files = /etc/ssl/ca.pem',
  );
});

test.each(['/ca\n[tunnels]\nx = /bin/sh', '/ca%(x)s'])(
  'a file name that would be read as a setting is refused',
  async (ca) => {
    await using folder = await temporaryFolder();

    const preparing = prepareSvnClient({ ...repositoryConfig('https://h/r'), ca }, folder.path);

    await expect(preparing).rejects.toMatchObject({ name: 'Fault', isRetryable: false });
  },
);
