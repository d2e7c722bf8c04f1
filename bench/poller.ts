import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Db } from '../src/store/database.ts';
import { type Subversion, startSubversion } from '../test/support/subversion.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { startTrunkline } from '../test/support/trunkline.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const run = promisify(execFile);
const pipelines = 1000;
const token = 'the-token-of-the-bench';
/** Of the floor in one sample; ours has about as many in its time, and they are counted. */
const cycles = 10;
/** What a server does after its start must have ended. */
const settleMs = 10_000;
/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;

/** A thousand pipelines on one repository: what a poll costs when nothing was committed, and when a hook comes, what runs. */
export async function benchPoller(n = 10): Promise<BenchReport> {
  await using subversion = await startSubversion();
  await subversion.commit({ files: { 'trunk/services/s0/a.txt': '0\n' } });
  await using counter = await countConnections(Number(new URL(subversion.url).port));
  await using secrets = await temporaryFolder();
  const file = join(secrets.path, 'token');
  await writeFile(file, token);
  const svn = `svn://127.0.0.1:${counter.port}/shop`;
  const config = { repositories: { shop: { svn, poll: '1s', hook: { token: { file } } } } };
  await using trunkline = await startTrunkline({ config, pipelines: manyPipelines() });
  await using store = await trunkline.openStore();
  await pause(settleMs);

  const { idle, connections } = await measureIdle(n, {
    db: store.db,
    pid: trunkline.server.pid,
    subversion,
    counter,
  });
  const starts: { ours: number; floor: number }[] = [];
  for (let round = 1; round <= n; round += 1) {
    const hooked = await startOfOne(store.db, { subversion, url: trunkline.url, round });
    starts.push({ ours: hooked, floor: await timeOf(() => bareLog(subversion)) });
  }
  return {
    name: 'poller',
    machine: machine(),
    n,
    figures: [
      ...figureOf(
        {
          figure: 'processor time of an idle cycle',
          unit: 'ms',
          goals: [{ of: 'ratio.median', atMost: 1.5 }],
        },
        idle,
      ),
      ...figureOf(
        { figure: 'connections of an idle cycle', unit: '', goals: [{ of: 'ours.max', atMost: 2 }] },
        connections,
      ),
      ...figureOf(
        {
          figure: 'hook to the run of the one pipeline that is meant',
          unit: 'ms',
          goals: [{ of: 'ours.max', atMost: 2000 }],
        },
        starts,
      ),
    ],
  };
}

function manyPipelines(): Record<string, string> {
  const names = Array.from({ length: pipelines }, (_, index) => `s${index}`);
  const textOf = (name: string) =>
    JSON.stringify({
      name,
      source: { repository: 'shop', path: `services/${name}` },
      on: { commit: { branches: ['trunk'] } },
      steps: [{ id: 'image', build: { image: `shop/${name}` } }],
    });
  return Object.fromEntries(names.map((name) => [name, textOf(name)]));
}

interface Idle {
  db: Db;
  pid: number;
  subversion: Subversion;
  counter: { count(): number };
}

async function measureIdle(n: number, { db, pid, subversion, counter }: Idle) {
  const idle: { ours: number; floor: number }[] = [];
  const connections: { ours: number; floor: number }[] = [];
  for (let round = 0; round < n; round += 1) {
    const [ticks, count] = [await ticksOf(pid), counter.count()];
    const polls = await pollsWithin(db, cycles * 1000);
    const ours = ((await ticksOf(pid)) - ticks) * tickMs;
    connections.push({ ours: (counter.count() - count) / polls, floor: 1 });
    const before = await ticksOfChildren();
    for (let cycle = 0; cycle < cycles; cycle += 1) await bareLog(subversion);
    const floor = ((await ticksOfChildren()) - before) * tickMs;
    idle.push({ ours: ours / polls, floor: floor / cycles });
  }
  return { idle, connections };
}

/** How many polls have ended within a time; there is far more than one look between two. */
async function pollsWithin(db: Db, ms: number): Promise<number> {
  const seen = new Set<number | undefined>();
  for (const end = performance.now() + ms; performance.now() < end; await pause(100)) {
    const watcher = await db.selectFrom('watcher').select('polled_at').executeTakeFirst();
    seen.add(watcher?.polled_at?.getTime());
  }
  return seen.size - 1;
}

/** @returns milliseconds from the begin of the hook's request to the run; throws when any other pipeline ran */
async function startOfOne(
  db: Db,
  { subversion, url, round }: { subversion: Subversion; url: string; round: number },
): Promise<number> {
  const name = `s${(round * 97) % pipelines}`;
  const revision = await subversion.commit({ files: { [`trunk/services/${name}/a.txt`]: `${round}\n` } });
  const took = await timeOf(async () => {
    await fetch(`${url}/hooks/svn`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ uuid: subversion.uuid, revision }),
    });
    await waitFor(async () => (await runsOf(db, revision)).length > 0, { what: `r${revision}`, everyMs: 5 });
  });
  const runs = await runsOf(db, revision);
  if (runs.join() !== name) throw new Error(`r${revision} started ${runs.join(', ')} instead of ${name}`);
  return took;
}

async function runsOf(db: Db, revision: number): Promise<string[]> {
  const rows = await db.selectFrom('run').select('pipeline').where('revision', '=', `${revision}`).execute();
  return rows.map(({ pipeline }) => pipeline);
}

async function bareLog({ root }: Subversion): Promise<void> {
  await run('svn', ['log', '--xml', '-v', '-r', 'HEAD', '--non-interactive', '--', root]);
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Processor time of a process and of its children that have ended. */
async function ticksOf(pid: number): Promise<number> {
  return (await processorTimes(pid)).reduce((sum, time) => sum + time, 0);
}

async function ticksOfChildren(): Promise<number> {
  const [, , user = 0, system = 0] = await processorTimes(process.pid);
  return user + system;
}

/** Own user and system time, then those of ended children, in ticks. */
async function processorTimes(pid: number): Promise<number[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
}

/** Stands in front of svnserve: each svn process makes one connection, each question without svn too, each commit of a test none. */
async function countConnections(port: number) {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    const beyond = connect(port, '127.0.0.1');
    socket.on('error', () => beyond.destroy()).pipe(beyond);
    beyond.on('error', () => socket.destroy()).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
