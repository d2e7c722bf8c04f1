import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDaemons } from '../../src/demo/setup/daemons.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { signal } = new AbortController();
const sleeper = { name: 'sleeper', command: 'sleep', args: ['300'], isReady: async () => true };

test('a process that is not ended by its demo is found and ended by the next one', async () => {
  await using folder = await temporaryFolder();
  const { pid } = await daemonsIn(folder.path).start(sleeper, signal);

  const ended = await daemonsIn(folder.path).endLeftovers();

  expect(ended).toEqual(['sleeper']);
  expect(isAlive(pid)).toBe(false);
  expect(await readdir(join(folder.path, 'pids'))).toEqual([]);
});

test('another process that has got the same number is left alone', async () => {
  await using folder = await temporaryFolder();
  await using mine = await daemonsIn(folder.path).start(sleeper, signal);
  await writeFile(join(folder.path, 'pids/sleeper.pid'), `${mine.pid} 1\n`);

  const ended = await daemonsIn(folder.path).endLeftovers();

  expect(ended).toEqual([]);
  expect(isAlive(mine.pid)).toBe(true);
});

test('one that ends at its start is reported with what it said', async () => {
  await using folder = await temporaryFolder();
  const broken = { ...sleeper, args: ['for ever'], isReady: async () => false };

  const starting = daemonsIn(folder.path).start(broken, signal);

  await expect(starting).rejects.toThrow(/Starting sleeper failed; it said:\n.*for ever/);
});

function daemonsIn(folder: string) {
  return createDaemons({
    records: join(folder, 'pids'),
    logs: join(folder, 'log'),
    environment: { PATH: process.env.PATH ?? '' },
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
