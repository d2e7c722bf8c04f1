import { readdir, readFile } from 'node:fs/promises';
import { embeddedPostgresPid, type Trunkline } from './trunkline.ts';
import { waitFor } from './wait-for.ts';

/**
 * Ends a server as a power cut does: its process, its PostgreSQL and all that they have started, at one moment.
 * @param sparesBackends those of PostgreSQL find out by themselves that it is gone, as where somebody kills by name
 */
export async function killWhole({ server, dataDir }: Trunkline, sparesBackends: boolean): Promise<void> {
  const postmaster = await embeddedPostgresPid(dataDir);
  const roots = [server.pid, ...(postmaster === undefined ? [] : [postmaster])];
  for (const pid of roots) send(pid, 'SIGSTOP');
  const children = await childrenOf(sparesBackends ? [server.pid] : roots);
  for (const pid of [...roots, ...children]) send(pid, 'SIGKILL');
  await server.ended;
  const isGone = async () => (await embeddedPostgresPid(dataDir)) === undefined;
  await waitFor(isGone, { what: 'PostgreSQL to be gone' });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It may have ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** All that descend from these. */
async function childrenOf(roots: readonly number[]): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map<number, number>();
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    parents.set(pid, Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0));
  }
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return roots.includes(parent) || (parent > 1 && descends(parent));
  };
  return pids.filter(descends);
}
