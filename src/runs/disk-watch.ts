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

export interface DiskWatch {
  /**
   * Why the disk is too full for new runs, or null: from the high mark on until it is below the low one, so that a worker
   * does not change its mind with every run.
   */
  obstacle(): Promise<string | null>;
  /** As it was when somebody asked last. */
  seen(): SeenDisk;
}

export interface SeenDisk {
  isFull: boolean;
  /** null: it could not be told. */
  percentUsed: number | null;
}

export function watchDisk(
  folder: string,
  { high, low }: DiskMarks,
  usedOf: typeof percentUsed = percentUsed,
): DiskWatch {
  let last: SeenDisk = { isFull: false, percentUsed: null };
  return {
    seen: () => last,
    async obstacle() {
      const used = await usedOf(folder).catch(() => null);
      const isFull = used !== null && (last.isFull ? used > low : used > high);
      last = { isFull: used === null ? last.isFull : isFull, percentUsed: used };
      if (!isFull) return null;
      return `the disk of ${folder} is ${used}% full: no new runs until it is at ${low}% (free space there, or raise disk.high in trunkline.yaml)`;
    },
  };
}
