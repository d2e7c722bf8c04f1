import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeFileLock } from '../cluster/file-lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('an exclusive lock has one holder, a shared one has many', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  await using one = await takeFileLock({ path, kind: 'shared', deadlineMs: 1000 });
  await using two = await takeFileLock({ path, kind: 'shared', deadlineMs: 1000 });

  const alone = await takeFileLock({ path, kind: 'exclusive', deadlineMs: 0 });

  expect([one, two].every(Boolean)).toBe(true);
  expect(alone).toBeUndefined();
});

test('a lock is free again when its holder is killed', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const lockModule = new URL('../cluster/file-lock.ts', import.meta.url).href;
  const script = `
    const { takeFileLock } = await import(${JSON.stringify(lockModule)});
    await takeFileLock({ path: ${JSON.stringify(path)}, kind: 'exclusive', deadlineMs: 1000 });
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const refused = await takeFileLock({ path, kind: 'exclusive', deadlineMs: 0 });

  holder.kill('SIGKILL');
  await using taken = await takeFileLock({ path, kind: 'exclusive', deadlineMs: 5000 });

  expect(refused).toBeUndefined();
  expect(taken).toBeDefined();
});
