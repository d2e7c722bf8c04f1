import { statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type SmallDisk = AsyncDisposable & {
  path: string;
  /** Leaves two megabytes at most. */
  fill(): Promise<void>;
  free(): Promise<void>;
};

/** A disk of its own takes a mount, and that takes root. */
export const canMount = process.getuid?.() === 0;

/** A disk in memory, of a size such as `60m`. */
export async function smallDisk(size: string): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0711`, 'tmpfs', folder.path]);
  const filler = join(folder.path, 'filler');
  return {
    path: folder.path,
    fill: () => fill(folder.path, filler),
    free: () => unlink(filler),
    async [Symbol.asyncDispose]() {
      await runCommand('umount', ['--lazy', folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const leftBytes = 2 ** 20;

/** Piece by piece: whoever writes meanwhile may take what the next piece was to be. */
async function fill(path: string, filler: string): Promise<void> {
  for (let offset = 0, part = 1; ; ) {
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize - leftBytes;
    if (free < leftBytes) return;
    const length = Math.ceil(free * part);
    const isTaken = await runCommand('fallocate', [
      ...['--offset', String(offset), '--length', String(length)],
      filler,
    ]).then(
      () => true,
      () => false,
    );
    if (isTaken) offset += length;
    else part /= 2;
  }
}
