import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openSite } from '../test/support/site.ts';
import { embeddedPostgresPid } from '../test/support/trunkline.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const run = promisify(execFile);
/** What a server does after its start must have ended. */
const settleMs = 20_000;
const betweenMs = 500;

/** Memory at rest: the server with its worker, and its PostgreSQL, against a bare Node and the same PostgreSQL. */
export async function benchIdle(n = 10): Promise<BenchReport> {
  await using site = await openSite();
  await site.subversion.commit({ files: { 'trunk/services/cart/file.txt': '0\n' } });
  await using trunkline = await site.serve({ pipelines: {} });
  await pause(settleMs);
  const postgres = await embeddedPostgresPid(trunkline.dataDir);
  if (postgres === undefined) throw new Error('the embedded PostgreSQL does not run');
  const bareNode = await bareNodeMiB();
  const samples: { ours: number; floor: number }[] = [];
  for (let round = 0; round < n; round += 1) {
    await pause(betweenMs);
    const database = await familyMiB(postgres);
    const server = await familyMiB(trunkline.server.pid);
    samples.push({ ours: server + database, floor: bareNode + database });
  }
  const goals = [{ of: 'ours.median', atMost: 200 }];
  const facts = { figure: 'PSS of server, worker and PostgreSQL at rest', unit: 'MiB', goals };
  return { name: 'idle', machine: machine(), n, figures: figureOf(facts, samples) };
}

/** Proportional set size of a process and its children, in MiB; PostgreSQL is a child of neither. */
async function familyMiB(pid: number): Promise<number> {
  const pids = [pid, ...(await childrenOf(pid))];
  const sizes = await Promise.all(pids.map(pssMiB));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')),
  );
  return lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
}

async function pssMiB(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => 'Pss: 0 kB');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
}

async function bareNodeMiB(): Promise<number> {
  const script =
    "console.log(require('fs').readFileSync('/proc/self/smaps_rollup','utf8').match(/Pss:\\s+(\\d+)/)[1])";
  const { stdout } = await run(process.execPath, ['-e', script]);
  return Number(stdout) / 1024;
}
