import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from './domain/fault.ts';
import { lockDataDir } from './store/data-dir-lock.ts';

/** A folder of one worker process on this machine, locked while the process lives. */
export interface WorkerHome extends AsyncDisposable {
  /** Kept in the folder: a process that starts here again is the same worker and frees what the last one held. */
  workerId: string;
  folder: string;
}

const mostWorkers = 64;

/** The server's own worker lives in the data folder itself. @throws Fault when another server uses it */
export async function openServerHome(dataDir: string): Promise<WorkerHome> {
  const lock = await lockDataDir(dataDir);
  return { ...lock, folder: dataDir, workerId: await workerIdIn(dataDir) };
}

/** Further workers of the same data folder take the first free place below it. @throws Fault when there is none */
export async function openWorkerHome(dataDir: string): Promise<WorkerHome> {
  for (let place = 1; place <= mostWorkers; place += 1) {
    const folder = join(dataDir, 'workers', String(place));
    const lock = await lockDataDir(folder).catch((error: unknown) => {
      if (error instanceof Fault) return undefined;
      throw error;
    });
    if (lock !== undefined) return { ...lock, folder, workerId: await workerIdIn(folder) };
  }
  throw new Fault('internal', `${mostWorkers} workers use ${dataDir} already`, { isRetryable: false });
}

async function workerIdIn(folder: string): Promise<string> {
  const file = join(folder, 'worker-id');
  await mkdir(folder, { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, randomUUID(), { flush: true });
  // On the disk before it has its name, and named at once: neither a crash nor a power cut leaves an empty id behind.
  await link(draft, file).catch(() => undefined);
  await rm(draft, { force: true });
  return (await readFile(file, 'utf8')).trim();
}
