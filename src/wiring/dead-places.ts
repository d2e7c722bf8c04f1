import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDataDir } from '../store/data-dir-lock.ts';
import type { Db } from '../store/database.ts';
import { isLongGone } from '../store/workers.ts';

/**
 * Removes the trees that killed workers of this data folder have left, where no worker has taken the place since.
 * A lock does not reach over to another container, so a worker must also have shown no sign of life for long.
 * @returns the folders removed
 */
export async function removeDeadWorkspaces(dataDir: string, db: Db): Promise<string[]> {
  const removed: string[] = [];
  const places = await readdir(join(dataDir, 'workers')).catch(() => []);
  for (const place of places) {
    const folder = join(dataDir, 'workers', place);
    const workspaces = join(folder, 'workspaces');
    const left = await readdir(workspaces).catch(() => []);
    if (left.length === 0 || !(await isDead(folder, db))) continue;
    await using _lock = await lockDataDir(folder).catch(() => undefined);
    if (_lock === undefined) continue;
    await rm(workspaces, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
    removed.push(workspaces);
  }
  return removed;
}

async function isDead(folder: string, db: Db): Promise<boolean> {
  const id = await readFile(join(folder, 'worker-id'), 'utf8').catch(() => '');
  return id !== '' && (await isLongGone(db, id.trim()));
}
