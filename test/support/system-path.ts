import { delimiter } from 'node:path';

const systemFolders = ['/usr/sbin', '/sbin'];

/** Lets this process and its children find the programs of the system, which `su` and cron leave out of the PATH. */
export function addSystemFoldersToPath(): void {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const missing = systemFolders.filter((folder) => !folders.includes(folder));
  process.env.PATH = [...folders, ...missing].join(delimiter);
}
