import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

export interface CopyTask {
  /** A working copy. */
  from: string;
  /** Is made. */
  into: string;
  /** Told of each file; may throw. */
  onFile(bytes: number): void;
}

/** Deep trees and folders of many files are copied without holding all of their names open at once. */
const atOnce = 32;

/** What a working copy holds, with its times, and without Subversion's own folder. Both stay apart afterwards. */
export async function copyTree(task: CopyTask, signal: AbortSignal): Promise<void> {
  await copyFolder(task, { from: task.from, into: task.into, except: '.svn' }, signal);
}

interface Folder {
  from: string;
  into: string;
  except?: string;
}

async function copyFolder(
  task: CopyTask,
  { from, into, except }: Folder,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await mkdir(into);
  const entries = (await readdir(from, { withFileTypes: true })).filter(({ name }) => name !== except);
  const others = entries.filter((entry) => !entry.isDirectory());
  for (let at = 0; at < others.length; at += atOnce) {
    signal.throwIfAborted();
    const some = others.slice(at, at + atOnce);
    await Promise.all(
      some.map(async (entry) => {
        const [source, target] = [join(from, entry.name), join(into, entry.name)];
        if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
        else await copyOne(task, source, target);
      }),
    );
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory()))
    await copyFolder(task, { from: join(from, name), into: join(into, name) }, signal);
}

async function copyOne(task: CopyTask, source: string, target: string): Promise<void> {
  const { size, atime, mtime } = await lstat(source);
  task.onFile(size);
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await utimes(target, atime, mtime);
}
