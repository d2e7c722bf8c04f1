import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

export type RunningProcess = { pid: number; args: string[] };

/** All processes of this machine that run a program of this name. */
export async function runningProcesses(program: string): Promise<RunningProcess[]> {
  return (await allProcesses()).filter(({ args }) => basename(args[0] ?? '') === program);
}

/** All processes of this machine; those of the kernel, and those that have ended, have no arguments. */
export async function allProcesses(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map(async (pid) => ({ pid: Number(pid), args: await commandLine(pid) })));
}

/** A process may end between being listed and being read: it has no command line then. */
async function commandLine(pid: string): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0').slice(0, -1);
}
