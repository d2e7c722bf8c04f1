import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../wait-for.ts';
import { unmountAllIn } from './mounts.ts';
import { allProcesses, type RunningProcess } from './running-processes.ts';

/**
 * Takes away what an engine that has ended left in this folder: all that it stored, and what an engine that was killed
 * leaves besides, its containerd, its containers and their mounts. The next one could not remove a container whose
 * mount it does not know of.
 * @param folder the one of `engineArguments`
 */
export async function removeEngineRemains(folder: string): Promise<void> {
  const left = async () => (await remainsIn(folder)).length === 0;
  for (const { pid } of await remainsIn(folder)) kill(pid);
  await waitFor(left, { what: 'what the Docker engine left running to end' });
  for (const part of ['docker', 'docker-exec']) {
    await unmountAllIn(join(folder, part));
    await rm(join(folder, part), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function remainsIn(folder: string): Promise<RunningProcess[]> {
  const processes = await allProcesses();
  const areRemains = await Promise.all(processes.map((process) => isRemains(process, folder)));
  return processes.filter((_, index) => areRemains[index]);
}

async function isRemains({ pid, args }: RunningProcess, folder: string): Promise<boolean> {
  const isContainerd = /\/containerd(-shim[^/]*)?$|^containerd/.test(args[0] ?? '');
  if (isContainerd) return args.some((arg) => arg.startsWith(join(folder, 'docker-exec/')));
  return (await rootOf(pid)).includes(`upperdir=${join(folder, 'docker/overlay2/')}`);
}

/** What is mounted as the root of this process, as the kernel describes it; empty once it has ended. */
async function rootOf(pid: number): Promise<string> {
  const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
  return mounts.split('\n').find((line) => line.split(' ')[4] === '/') ?? '';
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It may have ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
