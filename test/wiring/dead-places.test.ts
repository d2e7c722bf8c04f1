import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { announceWorker } from '../../src/store/workers.ts';
import { removeDeadWorkspaces } from '../../src/wiring/dead-places.ts';
import { openWorkerHome } from '../../src/worker-home.ts';
import { startDatabase } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('trees that a killed worker has left are removed, those of a living one are not', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test' });
  await using folder = await temporaryFolder();
  const { db } = store;
  const living = await openWorkerHome(folder.path);
  const killed = await openWorkerHome(folder.path);
  const silent = await openWorkerHome(folder.path);
  const homes = [living, killed, silent];
  for (const { workerId: id } of homes)
    await announceWorker(db, { id, host: 'node-1', pid: 1, version: '1', concurrency: 1, labels: [] });
  for (const home of homes) {
    await mkdir(join(home.folder, 'workspaces', 'run-1', 'tree'), { recursive: true });
    await writeFile(join(home.folder, 'workspaces', 'run-1', 'tree', 'big'), 'x');
  }
  const seen = (id: string, ago: number) =>
    db
      .updateTable('worker')
      .set({ seen_at: new Date(Date.now() - ago) })
      .where('id', '=', id)
      .execute();
  await seen(living.workerId, 3_600_000);
  await seen(killed.workerId, 3_600_000);
  await killed[Symbol.asyncDispose]();
  await silent[Symbol.asyncDispose]();

  const removed = await removeDeadWorkspaces(folder.path, db);

  expect(removed).toEqual([join(killed.folder, 'workspaces')]);
  expect(await readdir(join(living.folder, 'workspaces'))).toEqual(['run-1']);
  expect(await readdir(join(silent.folder, 'workspaces'))).toEqual(['run-1']);
  await living[Symbol.asyncDispose]();
});
