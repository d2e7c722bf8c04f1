import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchForLeftovers } from '../left-behind.ts';

test('a run that leaves nothing behind ends in peace, and its temporary folder is gone', async () => {
  const watch = await watchForLeftovers();
  const folder = tmpdir();

  await watch[Symbol.asyncDispose]();

  await expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(tmpdir()).not.toBe(folder);
});

test('a file and a process left behind are named and removed', async () => {
  const watch = await watchForLeftovers();
  const file = join(tmpdir(), 'forgotten.txt');
  await writeFile(file, '');
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  const ended = once(child, 'exit');

  const disposal = watch[Symbol.asyncDispose]();

  await expect(disposal).rejects.toThrow(`process ${child.pid} (sleep 600), forgotten.txt`);
  await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await ended)[1]).toBe('SIGKILL');
});
