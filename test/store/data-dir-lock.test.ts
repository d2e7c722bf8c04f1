import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { lockDataDir } from '../../src/store/data-dir-lock.ts';
import { joinEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { holdEmbeddedPostgres } from './embedded-postgres-holder.ts';

test('a second server on the same folder is refused with the process that holds it', async () => {
  await using folder = await temporaryFolder();
  await using _first = await lockDataDir(folder.path);

  const second = lockDataDir(join(folder.path, '.'));

  await expect(second).rejects.toMatchObject({
    message: expect.stringContaining(`(process ${process.pid})`),
  });
});

test('the lock ends when it is disposed, and other folders are not concerned', async () => {
  await using folder = await temporaryFolder();
  const lock = await lockDataDir(folder.path);
  await using _other = await lockDataDir(join(folder.path, 'other'));

  await lock[Symbol.asyncDispose]();

  await using again = await lockDataDir(folder.path);
  expect(again).toBeDefined();
});

test('the lock ends with its process, killed with -9', async () => {
  await using folder = await temporaryFolder();
  const holder = await holdEmbeddedPostgres(folder.path);
  await expect(lockDataDir(folder.path)).rejects.toThrow('Another Trunkline server');

  await holder.kill();

  await using lock = await lockDataDir(folder.path);
  expect(lock).toBeDefined();
  await using database = await startEmbeddedPostgres({
    dataDir: folder.path,
    logger: pino({ level: 'silent' }),
  });
  expect(await joinEmbeddedPostgres({ dataDir: folder.path })).toEqual({ url: database.url });
});
