import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError, exitCodes } from '../cli-error.ts';

/** A repository as it lies on its server. */
export interface ServedRepository {
  kind: 'svn' | 'git';
  /** The folder that holds `hooks/`. */
  folder: string;
  /** Where the hook looks for the server's address and the token. */
  settings: string;
}

/** @throws CliError when the folder holds no repository */
export function servedRepository(path: string): ServedRepository {
  const folder = resolve(path);
  if (isFile(join(folder, 'format')) && isFolder(join(folder, 'db'))) {
    return { kind: 'svn', folder, settings: join(folder, 'conf') };
  }
  const git = [folder, join(folder, '.git')].find(
    (place) => isFile(join(place, 'HEAD')) && isFolder(join(place, 'objects')),
  );
  if (git !== undefined) return { kind: 'git', folder: git, settings: git };
  throw new CliError(
    exitCodes.wrongUse,
    `${folder} is neither a Subversion nor a Git repository as a server has it.`,
    {
      hint: 'Name the folder that holds hooks/, on the machine of that server, as an account that may read it.',
    },
  );
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
