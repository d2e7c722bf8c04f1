import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './config/config-reading.ts';
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
  return homeIn(dataDir, await lockDataDir(dataDir));
}

/** Further workers of the same data folder take the first free place below it. @throws Fault when there is none */
export async function openWorkerHome(dataDir: string): Promise<WorkerHome> {
  for (let place = 1; place <= mostWorkers; place += 1) {
    const folder = join(dataDir, 'workers', String(place));
    const lock = await lockDataDir(folder).catch((error: unknown) => {
      if (error instanceof Fault) return undefined;
      throw error;
    });
    if (lock !== undefined) return homeIn(folder, lock);
  }
  throw new Fault('internal', `${mostWorkers} workers use ${dataDir} already`, { isRetryable: false });
}

async function homeIn(folder: string, lock: AsyncDisposable): Promise<WorkerHome> {
  await using opening = new AsyncDisposableStack();
  opening.use(lock);
  const workerId = await workerIdIn(folder);
  const owned = opening.move();
  return { folder, workerId, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function workerIdIn(folder: string): Promise<string> {
  const file = join(folder, 'worker-id');
  // On a disk that has become full meanwhile there is nothing to write.
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known !== '') return known.trim();
  try {
    await writeId(folder, file);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOSPC') throw cause;
    const message = `Could not write into ${folder}: its disk is full`;
    throw new Fault('disk-full', message, { cause, hint: 'Free space there, then start again.' });
  }
  return (await readFile(file, 'utf8')).trim();
}

async function writeId(folder: string, file: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, randomUUID(), { flush: true });
    // On the disk before it has its name, and named at once: neither a crash nor a power cut leaves an empty id behind.
    await link(draft, file).catch(() => undefined);
  } finally {
    await rm(draft, { force: true });
  }
}
