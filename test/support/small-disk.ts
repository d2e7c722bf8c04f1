import { statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type SmallDisk = AsyncDisposable & {
  path: string;
  /** Leaves a megabyte. */
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
    async fill() {
      const { bavail, bsize } = await statfs(folder.path);
      await runCommand('fallocate', ['-l', String(Math.max(1, bavail * bsize - 2 ** 20)), filler]);
    },
    free: () => unlink(filler),
    async [Symbol.asyncDispose]() {
      await runCommand('umount', ['--lazy', folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}
