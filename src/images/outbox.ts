import { constants } from 'node:fs';
import { chmod, mkdir, open, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ContainerFile } from './container-file.ts';

/** A file that the script of a container may leave, at the path that this variable names. */
export interface OutboxWish {
  variable: string;
  mostBytes: number;
}

const folderInside = '/trunkline';
const name = 'output';

/** Not in the workspace, where it would be part of the tree; nor in /tmp, which images and commands empty. */
export function outboxPath(isShared: boolean): string {
  return isShared ? posix.join(folderInside, name) : '/trunkline-output';
}

/** The folder that the engine mounts for it: reading a file out of a container that has ended takes the engine long. */
export function outboxBind(workspace: string): string {
  return `${folderOf(workspace)}:${folderInside}`;
}

/** Beside the workspace, of one container only. Whatever user its commands are may write into it. */
export async function makeOutbox(workspace: string): Promise<void> {
  const folder = folderOf(workspace);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o777);
}

export async function removeOutbox(workspace: string): Promise<void> {
  await rm(folderOf(workspace), { recursive: true, force: true, maxRetries: 3 });
}

/** @returns null where we may not read it, and the engine may */
export async function readOutbox(
  workspace: string,
  { mostBytes }: Pick<OutboxWish, 'mostBytes'>,
): Promise<ContainerFile | null> {
  try {
    // What commands have put there may be anything: a link is not followed, a pipe not waited for.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(join(folderOf(workspace), name), flags);
    const found = await file.stat();
    if (!found.isFile()) return { kind: 'no-file' };
    if (found.size > mostBytes) return { kind: 'too-large' };
    return { kind: 'file', bytes: await file.readFile() };
  } catch (error) {
    const found = missing.get(error instanceof Error && 'code' in error ? error.code : undefined);
    if (found === undefined) throw error;
    return found;
  }
}

const missing = new Map<unknown, ContainerFile | null>([
  ['ENOENT', { kind: 'none' }],
  ['ELOOP', { kind: 'no-file' }],
  ['ENXIO', { kind: 'no-file' }],
  ['EACCES', null],
]);

function folderOf(workspace: string): string {
  return `${workspace}.output`;
}
