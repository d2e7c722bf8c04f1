import { readdir, readFile } from 'node:fs/promises';
import type { FaultWorld } from './world.ts';

type Process = { pid: number; parent: number; command: string };

/** Processes that work for a server (on its data, on its repository) and have no living server among their parents. */
export async function orphanProcesses({
  servers,
  site,
}: Pick<FaultWorld, 'servers' | 'site'>): Promise<string[]> {
  const all = await allProcesses();
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const living = new Set(servers.map(({ server }) => server.pid));
  const marks = [site.subversion.root, ...servers.map(({ dataDir }) => dataDir)];
  return all
    .filter(({ command }) => marks.some((mark) => command.includes(mark)))
    .filter((one) => !hasParentIn(one, living, byPid))
    .map(({ pid, command }) => `${pid} ${command}`);
}

function hasParentIn(one: Process, living: Set<number>, byPid: Map<number, Process>): boolean {
  for (let at: Process | undefined = one; at !== undefined; at = byPid.get(at.parent))
    if (living.has(at.pid)) return true;
  return false;
}

/** Without those that end while they are read. */
async function allProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      parent: Number(/^PPid:\s*(\d+)$/m.exec(await read(pid, 'status'))?.[1] ?? 0),
      command: (await read(pid, 'cmdline')).replaceAll('\0', ' ').trim(),
    })),
  );
  return all.filter(({ command }) => command !== '');
}
