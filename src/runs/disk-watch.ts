import { statfs } from 'node:fs/promises';

export interface DiskMarks {
  /** Percent of a disk in use from which on no new runs are taken. */
  high: number;
  /** From which on, downwards, they are again. */
  low: number;
}

/** What `df` says of a disk: for who is not root. */
async function percentUsed(folder: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(folder);
  const used = blocks - bfree;
  return used + bavail === 0 ? 0 : Math.ceil((used / (used + bavail)) * 100);
}

/**
 * Tells, whenever it is asked, why the disk of a folder is too full for new runs, or null: from the high mark on until
 * it is below the low one, so that a worker does not change its mind with every run.
 */
export function watchDisk(
  folder: string,
  { high, low }: DiskMarks,
  usedOf: typeof percentUsed = percentUsed,
): () => Promise<string | null> {
  let isFull = false;
  return async () => {
    const used = await usedOf(folder).catch(() => null);
    if (used === null) return null;
    isFull = isFull ? used > low : used > high;
    if (!isFull) return null;
    return `the disk of ${folder} is ${used}% full: no new runs until it is at ${low}% (free space there, or raise disk.high in trunkline.yaml)`;
  };
}
