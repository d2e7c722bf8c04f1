import { readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

const inMemory = '/dev/shm';
const neededBytes = 6 * 1024 ** 3;

/**
 * Where a test run puts its files: in memory where there is plenty of it, else in the usual folder. Repositories and
 * databases by the hundred are thousands of small files that come and go, and on a disk most of a run's time.
 * TMPDIR, where it is set, has the last word.
 */
export async function scratchPlace(): Promise<string> {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  const isFit = await hasRoom().catch(() => false);
  return isFit ? inMemory : tmpdir();
}

async function hasRoom(): Promise<boolean> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  const options = mounts.findLast(([, place]) => place === inMemory)?.[3]?.split(',') ?? [];
  // The tests' own programs and hooks are started from there.
  if (!options.includes('rw') || options.includes('noexec')) return false;
  const { bavail, bsize } = await statfs(inMemory);
  return bavail * bsize > neededBytes && (await availableMemory()) > neededBytes;
}

async function availableMemory(): Promise<number> {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'));
  return Number(found?.[1] ?? 0) * 1024;
}
