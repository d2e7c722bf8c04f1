import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchPlace } from './scratch-place.ts';

/**
 * Gives the run a temporary folder of its own, and on disposal throws when tests left something in it, or left a
 * process running that has this folder in its environment. What was left is removed all the same.
 */
export async function watchForLeftovers(): Promise<AsyncDisposable> {
  const before = process.env.TMPDIR;
  const folder = await mkdtemp(join(await scratchPlace(), 'trunkline-run-'));
  // The unprivileged user of PostgreSQL must be able to reach what is inside.
  await chmod(folder, 0o711);
  process.env.TMPDIR = folder;
  return {
    async [Symbol.asyncDispose]() {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      const files = await readdir(folder);
      const processes = await processesWith(folder);
      for (const { pid } of processes) process.kill(pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      const left = [...processes.map(({ pid, command }) => `process ${pid} (${command})`), ...files];
      if (left.length > 0) throw new Error(`tests left behind: ${left.join(', ')}`);
    },
  };
}

/** Vitest's own workers carry the folder too; they end by themselves. */
async function processesWith(folder: string): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
        .replaceAll('\0', ' ')
        .trim();
      return { pid: Number(pid), command, isOurs: environment.split('\0').includes(`TMPDIR=${folder}`) };
    }),
  );
  return found.filter(({ isOurs, command }) => isOurs && command !== '' && !command.includes('vitest'));
}
