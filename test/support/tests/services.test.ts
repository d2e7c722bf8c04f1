import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../postgres.ts';
import { startPostgresServer } from '../postgres-server.ts';
import { startRedis } from '../redis.ts';
import { startRegistry } from '../registry.ts';
import { runCommand } from '../run-command.ts';
import { startSubversion } from '../subversion.ts';

test('two databases of one run know nothing of each other', async () => {
  await using one = await startPostgres();
  await using two = await startPostgres();

  await query(one.url, 'create table t ()');

  expect(await query(two.url, `select to_regclass('t') as found`)).toEqual([{ found: null }]);
});

test('a PostgreSQL server of its own keeps its data over a stop', async () => {
  await using server = await startPostgresServer();
  await query(server.url, 'create table t as select 7 as n');
  const before = server.pid;

  await server.stop();
  await server.start();

  expect(await query(server.url, 'select n from t')).toEqual([{ n: 7 }]);
  expect(server.pid).not.toBe(before);
});

test('Redis has the asked eviction policy, and keeps its data over a stop', async () => {
  await using server = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
  const redis = (...args: string[]) => runCommand('redis-cli', ['-u', server.url, ...args]);
  await redis('set', 'n', '7');

  await server.stop();
  await server.start();

  expect(await redis('get', 'n')).toBe('7\n');
  expect(await redis('config', 'get', 'maxmemory-policy')).toContain('allkeys-lru');
});

test('a commit may have any name, makes its folders, and returns its revision', async () => {
  await using subversion = await startSubversion();
  const name = 'trunk/a b@c%20#/-m 中文.txt';

  const first = await subversion.commit({ files: { [name]: 'one', 'tags/x': '' } });
  const second = await subversion.commit({
    files: { [name]: 'two', tags: null },
    author: 'bob',
    message: '改',
  });

  expect([first, second]).toEqual([1, 2]);
  const utf8 = { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  const listed = await runCommand('svn', ['list', '--recursive', subversion.root], utf8);
  expect(listed.split('\n').filter(Boolean)).toEqual(['trunk/', 'trunk/a b@c%20#/', `${name}`]);
  expect(await runCommand('svnlook', ['author', subversion.path])).toBe('bob\n');
});

test('a repository with a password refuses those who have none', async () => {
  await using subversion = await startSubversion({ password: 'open sesame' });
  const list = (...args: string[]) =>
    runCommand('svn', ['list', '--non-interactive', ...args, subversion.root]);

  await expect(list()).rejects.toThrow('E170001');
  expect(await list('--no-auth-cache', '--username', subversion.username, '--password', 'open sesame')).toBe(
    '',
  );
});

test('a registry with an account refuses those who have none, and starts again on its port', async () => {
  await using registry = await startRegistry({ username: 'u', password: 'p' });
  const ask = (headers: Record<string, string>) => fetch(`http://${registry.host}/v2/`, { headers });

  await registry.stop();
  await registry.start();

  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: `Basic ${btoa('u:p')}` })).status).toBe(200);
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}
