import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a folder below another one, which is a tree of whoever commits: a link in it could lead anywhere on this machine.
 * @returns false where a link or a file is in its way
 */
export async function makeFolders(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const name of path.split('/').filter((segment) => segment !== '.')) {
    at = join(at, name);
    await mkdir(at, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (!(await lstat(at)).isDirectory()) return false;
  }
  return true;
}
