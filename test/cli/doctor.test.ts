import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { addNotifier, freeNotifier } from '../../src/store/notifications.ts';
import { startForge } from '../notify/forge-under-test.ts';
import { startMailServer } from '../notify/mail-server-under-test.ts';
import { freePort } from '../support/free-port.ts';
import { startDatabase, startPostgres } from '../support/postgres.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runHere } from './run-here.ts';

test('what a server needs is looked at, and each problem comes with what to do', async () => {
  await using folder = await temporaryFolder();
  await using postgres = await startPostgres();
  await using subversion = await startSubversion();
  const config = join(folder.path, 'trunkline.yaml');
  const lines = [
    'repositories:',
    `  shop: { svn: '${subversion.root}' }`,
    `  gone: { svn: 'svn://127.0.0.1:${await freePort()}/x' }`,
    `  odd: { svn: 'https://127.0.0.1:${await freePort()}/x', trust-certificate-failures: [expired, other] }`,
    'svn: { allow: [http, file] }',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const environment = {
    DATABASE_URL: postgres.url,
    PORT: `${await freePort()}`,
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  };

  const looked = await runHere(['doctor', '--config', config, '--data-dir', folder.path], environment);

  expect(looked.stdout).toMatch(/^ok {7}config: repositories: 3, registries: 0, environments: 0$/m);
  expect(looked.stdout).toMatch(/^ok {7}address: 127\.0\.0\.1, port \d+, is free$/m);
  expect(looked.stdout).toMatch(/^(?:ok {5}|warning) {2}data folder: .* GiB free, \d+% in use$/m);
  expect(looked.stdout).toMatch(/^ok {7}database: PostgreSQL \d+\.\d+ of DATABASE_URL answers$/m);
  expect(looked.stdout).toMatch(
    /^PROBLEM {2}Docker engine: no answer from unix:\/\/\/nowhere.*\n {9}Start Docker/m,
  );
  expect(looked.stdout).toMatch(/^ok {7}svn: 1\.\d+/m);
  expect(looked.stdout).toMatch(/^ok {7}repository shop: can be read; its newest revision is r\d+$/m);
  expect(looked.stdout).toMatch(/^PROBLEM {2}repository gone: .*Connection refused\n {9}\S/m);
  expect(looked.stdout).toMatch(/^warning {2}repository odd: .* in spite of: expired, other; .*\n {9}Give/m);
  expect(looked.exitCode).toBe(1);
});

test('whoever is to be told of runs gets a test message, only when that is asked for', async () => {
  await using folder = await temporaryFolder();
  await using mail = await startMailServer();
  await using chat = await startForge([
    { code: 200, body: '{"errcode":310000,"errmsg":"keywords not in content"}' },
    { code: 200, body: '{"errcode":0}' },
  ]);
  const config = join(folder.path, 'trunkline.yaml');
  const post = `{ server: 'smtp://127.0.0.1:${mail.port}', from: ci@a.b, to: [x@a.b], ca: ${mail.ca} }`;
  await writeFile(
    config,
    `notify:
  team: { dingtalk: { url: { env: CHAT } }, language: zh }
  leads: { mail: ${post} }
`,
  );
  const environment = { CHAT: `${chat.api}?access_token=t0ken`, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const look = (...more: string[]) =>
    runHere(['doctor', '--config', config, '--data-dir', folder.path, ...more], environment);

  const [silent, refused, taken] = [await look(), await look('--notify'), await look('--notify')];

  expect(silent.stdout).not.toContain('notify');
  expect(refused.stdout).toMatch(/^PROBLEM {2}notify team: .*keywords not in content"}\n {9}Look at/m);
  expect(taken.stdout).toMatch(/^ok {7}notify team: the dingtalk has taken a test message$/m);
  expect(taken.stdout).toMatch(/^ok {7}notify leads: the mail server has taken a test message$/m);
  expect(mail.received).toHaveLength(2);
  expect(refused.stdout + taken.stdout).not.toContain('t0ken');
  expect(chat.received).toHaveLength(2);
});

test('who was to be told by the server and did not take it is named with the reason', async () => {
  await using folder = await temporaryFolder();
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test doctor' });
  for (const name of ['team', 'former', 'well']) {
    await addNotifier(store.db, name);
    await freeNotifier(store.db, {
      name,
      inMs: 0,
      error: name === 'well' ? null : 'keywords not in content',
    });
  }
  const config = join(folder.path, 'trunkline.yaml');
  const chat = '{ dingtalk: { url: { env: CHAT } } }';
  await writeFile(config, `notify: { team: ${chat}, well: ${chat} }\n`);
  const environment = {
    CHAT: 'https://chat.example.com/x',
    DATABASE_URL: postgres.url,
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  };

  const looked = await runHere(['doctor', '--config', config, '--data-dir', folder.path], environment);

  expect(looked.stdout.match(/^\S+ +notify .*$/gm)).toEqual([
    'PROBLEM  notify team: its last message was not taken: keywords not in content',
  ]);
});

test('a port in use, data of another PostgreSQL and a config with mistakes are told', async () => {
  await using folder = await temporaryFolder();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  await using _other = { [Symbol.asyncDispose]: async () => void other.close() };
  const { port } = other.address() as AddressInfo;
  await mkdir(join(folder.path, 'postgres', 'cluster'), { recursive: true });
  await writeFile(join(folder.path, 'postgres', 'cluster', 'PG_VERSION'), '12\n');
  const broken = join(folder.path, 'trunkline.yaml');
  await writeFile(broken, 'repositores: {}\nport: many\n');
  const environment = { PORT: `${port}`, DOCKER_HOST: 'unix:///nowhere/docker.sock' };

  const looked = await runHere(['doctor', '--json', '--data-dir', folder.path], environment);
  const refused = await runHere(['doctor', '--config', broken], environment);

  expect(JSON.parse(looked.stdout).findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        part: 'address',
        state: 'problem',
        text: `another program listens at 127.0.0.1, port ${port}`,
      }),
      expect.objectContaining({
        part: 'database',
        state: 'problem',
        text: expect.stringContaining('is of PostgreSQL 12, this Trunkline has'),
        hint: expect.stringContaining('dump its data'),
      }),
    ]),
  );
  expect(refused.stdout.match(/^PROBLEM {2}config: /gm)).toHaveLength(2);
  expect(refused.exitCode).toBe(1);
});
